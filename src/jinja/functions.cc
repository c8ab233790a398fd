#include "jinja/functions.h"

#include <fmt/format.h>

#include "jinja/iterate.h"
#include "jinja/strftime.h"

namespace slipway::jinja {
namespace {

Result<Value> range(Machine& machine, Given& given) {
  std::vector<std::int64_t> bounds;
  for (std::size_t i = 0; i < 3 && given[i] != nullptr; ++i) {
    if (given[i]->is(Kind::kUndefined)) return used_undefined(*given[i]);
    SLIPWAY_ASSIGN(const std::int64_t bound, whole_of(*given[i]));
    bounds.push_back(bound);
  }
  auto made = std::make_shared<Range>();
  made->start = bounds.size() == 1 ? 0 : bounds[0];
  made->stop = bounds.size() == 1 ? bounds[0] : bounds[1];
  made->step = bounds.size() == 3 ? bounds[2] : 1;
  if (made->step == 0) return corrupt("range() arg 3 must not be zero");
  const bool up = made->step > 0;
  if (up ? made->start < made->stop : made->start > made->stop) {
    const auto low = static_cast<std::uint64_t>(up ? made->start : made->stop);
    const auto high = static_cast<std::uint64_t>(up ? made->stop : made->start);
    const std::uint64_t step =
        up ? static_cast<std::uint64_t>(made->step) : 0 - static_cast<std::uint64_t>(made->step);
    const std::uint64_t size = (high - low - 1) / step + 1;
    if (size > static_cast<std::uint64_t>(kRangeMax)) {
      return corrupt(
          fmt::format("Range too big. The sandbox blocks ranges larger than MAX_RANGE ({}).", kRangeMax));
    }
    made->size = static_cast<std::int64_t>(size);
  }
  return machine.object(Kind::kRange, std::move(made), sizeof(Range));
}

Result<Value> dict(Machine& machine, Given& given) {
  SLIPWAY_ASSIGN(auto members, make_mapping(machine, given));
  return machine.dict(std::move(members));
}

Result<Value> make_namespace(Machine& machine, Given& given) {
  auto made = std::make_shared<Namespace>();
  SLIPWAY_ASSIGN(made->attributes, make_mapping(machine, given));
  for (const auto& [name, value] : made->attributes->members) {
    if (name.is(Kind::kString) && name.as_string().starts_with('_')) {
      return corrupt(
          fmt::format("the attribute '{}' of a namespace has a leading underscore", name.as_string()));
    }
  }
  const std::size_t size = sizeof(Namespace) + sizeof(Mapping) + made->attributes->members.size() * 128;
  machine.own(made);
  return machine.object(Kind::kNamespace, std::move(made), size);
}

Result<Value> cycler(Machine& machine, Given& given) {
  if (given.rest().items.empty()) return corrupt("at least one item has to be provided");
  auto made = std::make_shared<Cycler>();
  made->items = std::move(given.rest().items);
  for (const Value& item : made->items) made->depth = std::max(made->depth, depth_of(item) + 1);
  if (!given.rest().named.empty()) return corrupt("cycler() takes no keyword arguments");
  const std::size_t size = sizeof(Cycler) + made->items.size() * sizeof(Value);
  return machine.object(Kind::kCycler, std::move(made), size);
}

Result<Value> joiner(Machine& machine, Given& given) {
  auto made = std::make_shared<Joiner>();
  SLIPWAY_ASSIGN(made->separator, machine.text(", "));
  if (given[0] != nullptr) made->separator = *given[0];
  made->depth = depth_of(made->separator) + 1;
  return machine.object(Kind::kJoiner, std::move(made), sizeof(Joiner));
}

Result<Value> raise_exception(Machine& machine, Given& given) {
  SLIPWAY_ASSIGN(std::string message, machine.str(*given[0]));
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return fail(ErrorCode::kRefused, std::move(message));
}

Result<Value> strftime_now(Machine& machine, Given& given) {
  SLIPWAY_ASSIGN(const std::string format, given.string(0));
  if (!machine.now()) return unsupported("it asks for the time, which is not given");
  SLIPWAY_ASSIGN(std::string text, strftime(machine.budget(), *machine.now(), format));
  return machine.text(std::move(text));
}

Result<Value> lipsum(Machine&, Given&) { return unsupported("lipsum writes random text"); }

constexpr FunctionRow kRows[] = {{"range", "start stop? step? /", &range},
                                 {"dict", "source? / *", &dict},
                                 {"namespace", "source? / *", &make_namespace},
                                 {"cycler", "*", &cycler},
                                 {"joiner", "sep?", &joiner},
                                 {"raise_exception", "message", &raise_exception},
                                 {"strftime_now", "format", &strftime_now},
                                 {"lipsum", "*", &lipsum}};

Result<void> add_pairs(Machine& machine, Mapping& made, const Value& source) {
  if (source.is(Kind::kDict)) {
    SLIPWAY_TRY(machine.budget().room(mapping_of(source).members.size() * 2 * sizeof(Value)));
    for (const auto& [key, value] : mapping_of(source).members)
      SLIPWAY_TRY(insert(machine.budget(), made, key, value));
    return {};
  }
  SLIPWAY_ASSIGN(const auto pairs, iterate(machine, source));
  for (Value pair;;) {
    SLIPWAY_ASSIGN(const bool more, pairs->next(machine, pair));
    if (!more) return {};
    SLIPWAY_ASSIGN(const std::vector<Value> both, collect(machine, pair));
    if (both.size() != 2) return corrupt("a dict is made of pairs");
    if (!is_hashable(both[0])) return corrupt(fmt::format("unhashable type: '{}'", type_name(both[0])));
    SLIPWAY_TRY(insert(machine.budget(), made, both[0], both[1]));
    SLIPWAY_TRY(machine.budget().fits(made.members.size() * 2 * sizeof(Value)));
  }
}

}  // namespace

Result<std::shared_ptr<Mapping>> make_mapping(Machine& machine, const Given& given) {
  if (!given.rest().items.empty()) return corrupt("dict() takes at most one positional argument");
  auto made = std::make_shared<Mapping>();
  if (given[0] != nullptr && given[0]->is(Kind::kUndefined)) return used_undefined(*given[0]);
  if (given[0] != nullptr) SLIPWAY_TRY(add_pairs(machine, *made, *given[0]));
  for (const auto& [name, value] : given.rest().named) {
    SLIPWAY_ASSIGN(Value key, machine.text(name));
    SLIPWAY_TRY(insert(machine.budget(), *made, std::move(key), value));
  }
  return made;
}

std::vector<std::pair<std::string, Value>> global_functions() {
  std::vector<std::pair<std::string, Value>> made;
  for (const FunctionRow& row : kRows) {
    auto function = std::make_shared<BuiltIn>();
    function->row = &row;
    made.emplace_back(row.name, Value(Kind::kFunction, std::move(function)));
  }
  return made;
}

Result<Value> call_function(Machine& machine, const FunctionRow& row, Arguments arguments) {
  SLIPWAY_ASSIGN(Given given, Given::bind(row.name, row.signature, std::move(arguments)));
  return row.run(machine, given);
}

}  // namespace slipway::jinja
