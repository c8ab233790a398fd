#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "jinja/filters.h"
#include "jinja/iterate.h"

namespace slipway::jinja {
namespace {

// A stable merge sort that stops at the first error of a comparison.
class Sorter {
 public:
  Sorter(Machine& machine, const std::vector<Value>& keys) : machine_(machine), keys_(keys) {}

  Result<std::vector<std::size_t>> run(bool reverse) {
    order_.resize(keys_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    if (reverse) std::ranges::reverse(order_);
    spare_ = order_;
    SLIPWAY_TRY(sort(0, order_.size()));
    if (reverse) std::ranges::reverse(order_);
    return std::move(order_);
  }

 private:
  Result<void> sort(std::size_t begin, std::size_t end) {
    if (end - begin < 2) return {};
    const std::size_t middle = begin + (end - begin) / 2;
    SLIPWAY_TRY(sort(begin, middle));
    SLIPWAY_TRY(sort(middle, end));
    std::size_t left = begin;
    std::size_t right = middle;
    for (std::size_t at = begin; at < end; ++at) {
      bool take_right = left == middle;
      if (left < middle && right < end) {
        SLIPWAY_ASSIGN(take_right,
                       ordered(machine_.budget(), keys_[order_[right]], keys_[order_[left]], Order::kLess));
      }
      spare_[at] = take_right ? order_[right++] : order_[left++];
    }
    std::copy(spare_.begin() + static_cast<std::ptrdiff_t>(begin),
              spare_.begin() + static_cast<std::ptrdiff_t>(end),
              order_.begin() + static_cast<std::ptrdiff_t>(begin));
    return {};
  }

  Machine& machine_;
  const std::vector<Value>& keys_;
  std::vector<std::size_t> order_, spare_;
};

Result<std::vector<Value>> sorted(Machine& machine, std::vector<Value> items, const std::vector<Value>& keys,
                                  bool reverse) {
  SLIPWAY_ASSIGN(const auto order, Sorter(machine, keys).run(reverse));
  std::vector<Value> out;
  for (const std::size_t place : order) out.push_back(items[place]);
  return out;
}

Result<std::vector<Value>> keys_of(Machine& machine, const std::vector<Value>& items, const Getter& getter,
                                   bool with_case) {
  std::vector<Value> keys;
  for (const Value& item : items) {
    SLIPWAY_ASSIGN(Value key, getter(item));
    if (!with_case) {
      SLIPWAY_ASSIGN(key, without_case(machine, key));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

// sort takes several attributes: "name,size".
Result<Getter> multi_getter(Machine& machine, const Value* attribute, bool with_case) {
  std::vector<Getter> getters;
  if (attribute != nullptr && attribute->is(Kind::kString)) {
    std::string_view rest = attribute->as_string();
    while (true) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const Value part = Value::string(std::string(rest.substr(0, comma)));
      SLIPWAY_ASSIGN(Getter getter, attribute_getter(machine, &part));
      getters.push_back(std::move(getter));
      if (comma == rest.size()) break;
      rest.remove_prefix(comma + 1);
    }
  } else {
    SLIPWAY_ASSIGN(Getter getter, attribute_getter(machine, attribute));
    getters.push_back(std::move(getter));
  }
  return Getter([&machine, getters, with_case](const Value& item) -> Result<Value> {
    std::vector<Value> keys;
    for (const Getter& getter : getters) {
      SLIPWAY_ASSIGN(Value key, getter(item));
      if (!with_case) {
        SLIPWAY_ASSIGN(key, without_case(machine, key));
      }
      keys.push_back(std::move(key));
    }
    return machine.list(std::move(keys));
  });
}

Result<Value> sort(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const Getter getter, multi_getter(machine, given[2], given.truth_at(1)));
  SLIPWAY_ASSIGN(auto items, collect(machine, subject));
  SLIPWAY_ASSIGN(const auto keys, keys_of(machine, items, getter, true));
  SLIPWAY_ASSIGN(auto out, sorted(machine, std::move(items), keys, given.truth_at(0)));
  return machine.list(std::move(out));
}

Result<Value> dict_sort(Machine& machine, const Value& subject, Given& given) {
  std::string by = "key";
  if (given[1] != nullptr) {
    SLIPWAY_ASSIGN(by, given.string(1));
  }
  if (by != "key" && by != "value") return corrupt("You can only sort by either \"key\" or \"value\"");
  if (subject.is(Kind::kUndefined)) return used_undefined(subject);
  if (!subject.is(Kind::kDict))
    return corrupt(fmt::format("'{}' object has no attribute 'items'", type_name(subject)));
  std::vector<Value> items;
  std::vector<Value> keys;
  for (const auto& [name, value] : mapping_of(subject).members) {
    SLIPWAY_ASSIGN(Value pair, machine.tuple({name, value}));
    items.push_back(std::move(pair));
    Value key = by == "key" ? name : value;
    if (!given.truth_at(0)) {
      SLIPWAY_ASSIGN(key, without_case(machine, key));
    }
    keys.push_back(std::move(key));
  }
  SLIPWAY_ASSIGN(auto out, sorted(machine, std::move(items), keys, given.truth_at(2)));
  return machine.list(std::move(out));
}

template <Order Wanted>
Result<Value> extreme(Machine& machine, const Value& subject, Given& given) {
  SLIPWAY_ASSIGN(const auto items, collect(machine, subject));
  if (items.empty()) return missing_value("No aggregated item, sequence was empty.");
  SLIPWAY_ASSIGN(const Getter getter, attribute_getter(machine, given[1]));
  SLIPWAY_ASSIGN(const auto keys, keys_of(machine, items, getter, given.truth_at(0)));
  std::size_t best = 0;
  for (std::size_t i = 1; i < items.size(); ++i) {
    SLIPWAY_ASSIGN(const bool better, ordered(machine.budget(), keys[i], keys[best], Wanted));
    if (better) best = i;
  }
  return items[best];
}

Result<Value> group_by(Machine& machine, const Value& subject, Given& given) {
  const bool with_case = given.truth_at(2);
  SLIPWAY_ASSIGN(const Getter getter, attribute_getter(machine, given[0], given[1]));
  SLIPWAY_ASSIGN(auto items, collect(machine, subject));
  SLIPWAY_ASSIGN(const auto keys, keys_of(machine, items, getter, with_case));
  SLIPWAY_ASSIGN(const auto order, Sorter(machine, keys).run(false));
  std::vector<Value> groups;
  for (std::size_t at = 0; at < order.size();) {
    const std::size_t begin = at;
    std::vector<Value> members;
    while (at < order.size()) {
      SLIPWAY_ASSIGN(const bool same, equal(machine.budget(), keys[order[begin]], keys[order[at]]));
      if (!same) break;
      members.push_back(items[order[at++]]);
    }
    Value key = keys[order[begin]];
    if (!with_case) {
      SLIPWAY_ASSIGN(key, getter(members[0]));
    }
    SLIPWAY_ASSIGN(Value list, machine.list(std::move(members)));
    SLIPWAY_ASSIGN(Value group, machine.sequence(Kind::kTuple, {std::move(key), std::move(list)}, true));
    groups.push_back(std::move(group));
  }
  return machine.list(std::move(groups));
}

constexpr FilterRow kRows[] = {{"sort", "reverse? case_sensitive? attribute?", &sort},
                               {"dictsort", "case_sensitive? by? reverse?", &dict_sort},
                               {"min", "case_sensitive? attribute?", &extreme<Order::kLess>},
                               {"max", "case_sensitive? attribute?", &extreme<Order::kGreater>},
                               {"groupby", "attribute default? case_sensitive?", &group_by}};

}  // namespace

std::span<const FilterRow> order_filters() { return kRows; }

}  // namespace slipway::jinja
