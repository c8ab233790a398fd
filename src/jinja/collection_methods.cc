#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "jinja/functions.h"
#include "jinja/iterate.h"
#include "jinja/methods.h"

namespace slipway::jinja {
namespace {

Result<Value> count(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const auto items, collect(machine, self));
  std::int64_t found = 0;
  for (const Value& item : items) {
    SLIPWAY_ASSIGN(const bool same, equal(machine.budget(), item, *given[0]));
    found += same ? 1 : 0;
  }
  return Value::integer(found);
}

Result<Value> index(Machine& machine, const Value& self, const Given& given) {
  SLIPWAY_ASSIGN(const auto items, collect(machine, self));
  const auto size = static_cast<std::int64_t>(items.size());
  SLIPWAY_ASSIGN(std::int64_t start, given.whole(1, 0));
  SLIPWAY_ASSIGN(std::int64_t stop, given.whole(2, size));
  if (start < 0) start = std::max<std::int64_t>(start + size, 0);
  if (stop < 0) stop = std::max<std::int64_t>(stop + size, 0);
  for (std::int64_t i = start; i < std::min(stop, size); ++i) {
    SLIPWAY_ASSIGN(const bool same, equal(machine.budget(), items[static_cast<std::size_t>(i)], *given[0]));
    if (same) return Value::integer(i);
  }
  return corrupt("the value is not in the list");
}

Result<Value> copy_list(Machine& machine, const Value& self, const Given&) {
  SLIPWAY_ASSIGN(auto items, collect(machine, self));
  return machine.list(std::move(items));
}

Result<Value> copy_dict(Machine& machine, const Value& self, const Given&) {
  auto made = std::make_shared<Mapping>();
  SLIPWAY_TRY(machine.budget().room(mapping_of(self).members.size() * 2 * sizeof(Value)));
  made->members = mapping_of(self).members;
  made->places = mapping_of(self).places;
  made->depth = mapping_of(self).depth;
  return machine.dict(std::move(made));
}

Result<Value> get(Machine& machine, const Value& self, const Given& given) {
  if (!is_hashable(*given[0])) return corrupt(fmt::format("unhashable type: '{}'", type_name(*given[0])));
  SLIPWAY_ASSIGN(const Value* found, find_key(machine.budget(), mapping_of(self), *given[0]));
  if (found != nullptr) return *found;
  return given[1] == nullptr ? Value::none() : *given[1];
}

template <View::Of Of>
Result<Value> view(Machine& machine, const Value& self, const Given&) {
  auto made = std::make_shared<View>();
  made->of = Of;
  made->dict = self;
  made->depth = depth_of(self) + 1;
  return machine.object(Kind::kView, std::move(made), sizeof(View));
}

Result<Value> from_keys(Machine& machine, const Value&, const Given& given) {
  SLIPWAY_ASSIGN(const auto keys, collect(machine, *given[0]));
  auto made = std::make_shared<Mapping>();
  for (const Value& key : keys) {
    if (!is_hashable(key)) return corrupt(fmt::format("unhashable type: '{}'", type_name(key)));
    SLIPWAY_TRY(insert(machine.budget(), *made, key, given[1] == nullptr ? Value::none() : *given[1]));
  }
  return machine.dict(std::move(made));
}

Result<Value> bit_length(Machine&, const Value& self, const Given&) {
  const std::int64_t value = self.as_int();
  const auto size = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return Value::integer(static_cast<std::int64_t>(std::bit_width(size)));
}

Result<Value> bit_count(Machine&, const Value& self, const Given&) {
  const std::int64_t value = self.as_int();
  const auto size = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return Value::integer(std::popcount(size));
}

Result<Value> conjugate(Machine&, const Value& self, const Given&) {
  return self.is(Kind::kFloat) ? self : Value::integer(self.as_int());
}

Result<Value> is_integer(Machine&, const Value& self, const Given&) {
  return Value::boolean(std::isfinite(self.as_real()) && self.as_real() == std::floor(self.as_real()));
}

Result<Value> left_out(Machine&, const Value&, const Given&) {
  return unsupported("a method of numbers we leave out");
}

constexpr MethodRow kListRows[] = {
    {"count", "value /", &count}, {"index", "value start? stop? /", &index}, {"copy", "", &copy_list}};
constexpr MethodRow kDictRows[] = {{"get", "key default? /", &get},
                                   {"items", "", &view<View::Of::kItems>},
                                   {"keys", "", &view<View::Of::kKeys>},
                                   {"values", "", &view<View::Of::kValues>},
                                   {"copy", "", &copy_dict},
                                   {"fromkeys", "iterable value? /", &from_keys}};
constexpr MethodRow kWholeRows[] = {{"bit_length", "", &bit_length}, {"bit_count", "", &bit_count},
                                    {"conjugate", "", &conjugate},   {"as_integer_ratio", "*", &left_out},
                                    {"to_bytes", "*", &left_out},    {"from_bytes", "*", &left_out}};
constexpr MethodRow kRealRows[] = {{"is_integer", "", &is_integer},
                                   {"conjugate", "", &conjugate},
                                   {"as_integer_ratio", "*", &left_out},
                                   {"hex", "*", &left_out},
                                   {"fromhex", "*", &left_out}};

}  // namespace

std::span<const MethodRow> list_methods() { return kListRows; }
std::span<const MethodRow> dict_methods() { return kDictRows; }
std::span<const MethodRow> number_methods(bool real) {
  if (real) return kRealRows;
  return kWholeRows;
}

}  // namespace slipway::jinja
