#include "jinja/iterate.h"

#include <algorithm>

#include <fmt/format.h>

#include "jinja/loop_state.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

constexpr std::size_t kIteratorBytes = 128;

struct Lazy : Iterator {
  Step step;
  std::string_view name;
  Result<bool> next(Machine& machine, Value& out) override {
    SLIPWAY_TRY(machine.budget().enter());
    const Level level(machine.budget());
    return step(machine, out);
  }
  std::string_view type_name() const override { return name; }
};

struct OfItems : Iterator {
  Value list;
  std::size_t at = 0;
  Result<bool> next(Machine& machine, Value& out) override {
    SLIPWAY_TRY(machine.budget().step());
    const auto& items = items_of(list);
    if (at >= items.size()) return false;
    out = items[at++];
    return true;
  }
};

struct OfText : Iterator {
  Value string;
  std::size_t at = 0;
  Result<bool> next(Machine& machine, Value& out) override {
    const std::string& bytes = string.as_string();
    if (at >= bytes.size()) return false;
    const std::size_t begin = at;
    next_point(bytes, at);
    SLIPWAY_ASSIGN(out, machine.text(bytes.substr(begin, at - begin)));
    return true;
  }
};

// Of what has a length and gives an item for a place.
struct OfPlaces : Iterator {
  Value from;
  std::size_t at = 0;
  Result<bool> next(Machine& machine, Value& out) override {
    SLIPWAY_TRY(machine.budget().step());
    if (at >= static_cast<std::size_t>(*length_of(from))) return false;
    const std::size_t place = at++;
    if (from.is(Kind::kRange)) {
      out = Value::integer(from.object<Range>().at(static_cast<std::int64_t>(place)));
    } else if (from.is(Kind::kDict)) {
      out = mapping_of(from).members[place].first;
    } else {
      SLIPWAY_ASSIGN(out, view_item(machine, from.object<View>(), place));
    }
    return true;
  }
};

// A loop iterates as pairs of its item and itself.
struct OfLoop : Iterator {
  Value loop;
  Result<bool> next(Machine& machine, Value& out) override {
    Loop& state = loop.object<Loop>();
    SLIPWAY_ASSIGN(const bool more, advance(machine, state));
    if (!more) return false;
    SLIPWAY_ASSIGN(out, machine.tuple({state.current, loop}));
    return true;
  }
};

struct Nothing : Iterator {
  Result<bool> next(Machine&, Value&) override { return false; }
};

template <class T, class Set>
Result<std::shared_ptr<Iterator>> made(Machine& machine, Set set) {
  auto iterator = std::make_shared<T>();
  set(*iterator);
  SLIPWAY_TRY(machine.budget().room(kIteratorBytes));
  iterator->charge(machine.budget(), kIteratorBytes);
  return iterator;
}

}  // namespace

bool is_iterable(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kString:
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kDict:
    case Kind::kRange:
    case Kind::kView:
    case Kind::kIterator:
    case Kind::kLoop:
      return true;
    default:
      return false;
  }
}

Result<std::shared_ptr<Iterator>> iterate(Machine& machine, const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return made<Nothing>(machine, [](Nothing&) {});
    case Kind::kString:
      return made<OfText>(machine, [&](OfText& it) { it.string = value; });
    case Kind::kList:
    case Kind::kTuple:
      return made<OfItems>(machine, [&](OfItems& it) { it.list = value; });
    case Kind::kDict:
    case Kind::kRange:
    case Kind::kView:
      return made<OfPlaces>(machine, [&](OfPlaces& it) { it.from = value; });
    case Kind::kIterator:
      return std::static_pointer_cast<Iterator>(value.shared());
    case Kind::kLoop:
      return made<OfLoop>(machine, [&](OfLoop& it) { it.loop = value; });
    default:
      return corrupt(fmt::format("'{}' object is not iterable", type_name(value)));
  }
}

Result<std::vector<Value>> collect(Machine& machine, const Value& value) {
  if (is_sequence(value)) {
    SLIPWAY_TRY(machine.budget().room(items_of(value).size() * sizeof(Value)));
    return items_of(value);
  }
  SLIPWAY_ASSIGN(const auto source, iterate(machine, value));
  std::vector<Value> items;
  Value item;
  while (true) {
    SLIPWAY_ASSIGN(const bool more, source->next(machine, item));
    if (!more) return items;
    items.push_back(std::move(item));
    SLIPWAY_TRY(machine.budget().step());
    SLIPWAY_TRY(machine.budget().fits(items.size() * sizeof(Value)));
  }
}

std::optional<std::int64_t> length_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return 0;
    case Kind::kString:
      return static_cast<std::int64_t>(text_of(value).points);
    case Kind::kList:
    case Kind::kTuple:
      return static_cast<std::int64_t>(items_of(value).size());
    case Kind::kDict:
      return static_cast<std::int64_t>(mapping_of(value).members.size());
    case Kind::kView:
      return length_of(value.object<View>().dict);
    case Kind::kRange:
      return value.object<Range>().size;
    default:
      return std::nullopt;
  }
}

Result<std::int64_t> length(Machine& machine, const Value& value) {
  if (value.is(Kind::kLoop)) return loop_length(machine, value.object<Loop>());
  if (const auto size = length_of(value)) return *size;
  return corrupt(fmt::format("object of type '{}' has no len()", type_name(value)));
}

Result<std::optional<std::vector<Value>>> reversed(Machine& machine, const Value& value) {
  if (!length_of(value) || value.is(Kind::kUndefined)) return std::nullopt;
  SLIPWAY_ASSIGN(auto items, collect(machine, value));
  std::ranges::reverse(items);
  return items;
}

Result<Value> lazily(Machine& machine, int depth, Step step, std::string_view name) {
  auto made = std::make_shared<Lazy>();
  made->step = std::move(step);
  made->name = name;
  made->depth = depth + 1;
  return machine.object(Kind::kIterator, std::move(made), kIteratorBytes);
}

Result<Value> view_item(Machine& machine, const View& view, std::size_t index) {
  const auto& [key, value] = mapping_of(view.dict).members[index];
  if (view.of == View::Of::kKeys) return key;
  if (view.of == View::Of::kValues) return value;
  return machine.tuple({key, value});
}

}  // namespace slipway::jinja
