#include "jinja/compare.h"

#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "jinja/types.h"

namespace slipway::jinja {
namespace {

constexpr std::size_t kIndexFrom = 8;  // members; fewer are looked through

bool numbers_equal(const Value& left, const Value& right) {
  if (!left.is(Kind::kFloat) && !right.is(Kind::kFloat)) return left.as_int() == right.as_int();
  return compare_numbers(left, right) == std::partial_ordering::equivalent;
}

Result<bool> sequences_equal(Budget& budget, const Value& left, const Value& right) {
  const auto& one = items_of(left);
  const auto& other = items_of(right);
  if (one.size() != other.size()) return false;
  for (std::size_t i = 0; i < one.size(); ++i) {
    SLIPWAY_ASSIGN(const bool same, equal(budget, one[i], other[i]));
    if (!same) return false;
  }
  return true;
}

Result<bool> dicts_equal(Budget& budget, const Mapping& left, const Mapping& right) {
  if (left.members.size() != right.members.size()) return false;
  for (const auto& [key, value] : left.members) {
    SLIPWAY_ASSIGN(const Value* other, find_key(budget, right, key));
    if (other == nullptr) return false;
    SLIPWAY_ASSIGN(const bool same, equal(budget, value, *other));
    if (!same) return false;
  }
  return true;
}

bool ranges_equal(const Range& left, const Range& right) {
  if (left.size != right.size) return false;
  return left.size == 0 || (left.start == right.start && (left.size == 1 || left.step == right.step));
}

Result<bool> no_order(const Value& left, const Value& right, Order order) {
  constexpr std::string_view kSigns[] = {"<", "<=", ">", ">="};
  return corrupt(fmt::format("'{}' not supported between instances of '{}' and '{}'",
                             kSigns[static_cast<std::size_t>(order)], type_name(left), type_name(right)));
}

bool holds(std::partial_ordering found, Order order) {
  switch (order) {
    case Order::kLess:
      return found < 0;
    case Order::kLessEqual:
      return found <= 0;
    case Order::kGreater:
      return found > 0;
    case Order::kGreaterEqual:
      return found >= 0;
  }
  return false;
}

Result<bool> sequences_ordered(Budget& budget, const Value& left, const Value& right, Order order) {
  const auto& one = items_of(left);
  const auto& other = items_of(right);
  for (std::size_t i = 0; i < one.size() && i < other.size(); ++i) {
    SLIPWAY_ASSIGN(const bool same, equal(budget, one[i], other[i]));
    if (!same) return ordered(budget, one[i], other[i], order);
  }
  return holds(one.size() <=> other.size(), order);
}

// UTF-8 sorts as code points do.
std::strong_ordering text_order(const Value& left, const Value& right) {
  return left.as_string().compare(right.as_string()) <=> 0;
}

std::uint64_t hash_number(const Value& value) {
  if (!value.is(Kind::kFloat)) return std::hash<std::int64_t>{}(value.as_int());
  const double real = value.as_real();
  if (real == std::floor(real) && std::abs(real) < 9.2e18)
    return std::hash<std::int64_t>{}(static_cast<std::int64_t>(real));
  return std::hash<double>{}(real);
}

void index(Mapping& dict, std::uint32_t place) {
  dict.places.emplace(hash_of(dict.members[place].first), place);
}

}  // namespace

std::partial_ordering compare_numbers(const Value& left, const Value& right) {
  if (!left.is(Kind::kFloat) && !right.is(Kind::kFloat)) return left.as_int() <=> right.as_int();
  if (left.is(Kind::kFloat) && right.is(Kind::kFloat)) return left.as_real() <=> right.as_real();
  if (left.is(Kind::kFloat)) return 0 <=> compare_numbers(right, left);
  const double real = right.as_real();
  if (std::isnan(real)) return std::partial_ordering::unordered;
  if (real >= 9223372036854775808.0) return std::partial_ordering::less;
  if (real < -9223372036854775808.0) return std::partial_ordering::greater;
  const auto whole = static_cast<std::int64_t>(real);  // towards zero
  if (left.as_int() != whole) return left.as_int() <=> whole;
  return 0.0 <=> (real - static_cast<double>(whole));
}

Result<bool> equal(Budget& budget, const Value& left, const Value& right) {
  SLIPWAY_TRY(budget.step());
  if (is_number(left) && is_number(right)) return numbers_equal(left, right);
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return true;
    case Kind::kString:
      SLIPWAY_TRY(budget.step(left.as_string().size() / 64));
      return left.as_string() == right.as_string();
    default:
      break;
  }
  // A list of itself's kind, an object: the same one is equal to itself without a look inside.
  if (left.shared() == right.shared()) return true;
  SLIPWAY_TRY(budget.enter());
  const Level level(budget);
  switch (left.kind()) {
    case Kind::kList:
    case Kind::kTuple:
      return sequences_equal(budget, left, right);
    case Kind::kDict:
      return dicts_equal(budget, mapping_of(left), mapping_of(right));
    case Kind::kRange:
      return ranges_equal(left.object<Range>(), right.object<Range>());
    case Kind::kView:
      return views_equal(budget, left.object<View>(), right.object<View>());
    case Kind::kFunction:
    case Kind::kMethod:
      return same_callable(budget, left, right);
    default:
      return false;
  }
}

Result<bool> ordered(Budget& budget, const Value& left, const Value& right, Order order) {
  SLIPWAY_TRY(budget.step());
  if (left.is(Kind::kUndefined)) return used_undefined(left);
  if (right.is(Kind::kUndefined)) return used_undefined(right);
  if (is_number(left) && is_number(right)) return holds(compare_numbers(left, right), order);
  if (left.kind() != right.kind()) return no_order(left, right, order);
  if (left.is(Kind::kString)) return holds(text_order(left, right), order);
  if (left.is(Kind::kView)) return views_ordered(budget, left, right, order);
  if (!left.is(Kind::kList) && !left.is(Kind::kTuple)) return no_order(left, right, order);
  SLIPWAY_TRY(budget.enter());
  const Level level(budget);
  return sequences_ordered(budget, left, right, order);
}

bool is_hashable(const Value& value) {
  switch (value.kind()) {
    case Kind::kList:
    case Kind::kDict:
      return false;
    case Kind::kView:
      return value.object<View>().of == View::Of::kValues;
    case Kind::kTuple:
      for (const Value& item : items_of(value)) {
        if (!is_hashable(item)) return false;
      }
      return true;
    case Kind::kMethod:
      return true;
    default:
      return true;
  }
}

std::uint64_t hash_of(const Value& value) {
  switch (value.kind()) {
    case Kind::kBool:
    case Kind::kInt:
    case Kind::kFloat:
      return hash_number(value);
    case Kind::kString:
      return std::hash<std::string>{}(value.as_string());
    case Kind::kTuple: {
      std::uint64_t hash = 0x345678;
      for (const Value& item : items_of(value)) hash = (hash * 1000003) ^ hash_of(item);
      return hash;
    }
    default:  // equal ones need not be the same object
      return static_cast<std::uint64_t>(value.kind());
  }
}

Result<const Value*> find_key(Budget& budget, const Mapping& dict, const Value& key) {
  if (key.is(Kind::kString)) return find_text(dict, key.as_string());
  if (!is_hashable(key)) return nullptr;
  if (dict.places.empty()) {
    for (const auto& [name, value] : dict.members) {
      SLIPWAY_ASSIGN(const bool same, equal(budget, name, key));
      if (same) return &value;
    }
    return nullptr;
  }
  const auto [begin, end] = dict.places.equal_range(hash_of(key));
  for (auto place = begin; place != end; ++place) {
    const auto& [name, value] = dict.members[place->second];
    SLIPWAY_ASSIGN(const bool same, equal(budget, name, key));
    if (same) return &value;
  }
  return nullptr;
}

const Value* find_text(const Mapping& dict, std::string_view key) {
  const auto is_key = [&](const std::pair<Value, Value>& member) {
    return member.first.is(Kind::kString) && member.first.as_string() == key;
  };
  if (dict.places.empty()) {
    for (const auto& member : dict.members) {
      if (is_key(member)) return &member.second;
    }
    return nullptr;
  }
  const auto [begin, end] = dict.places.equal_range(std::hash<std::string_view>{}(key));
  for (auto place = begin; place != end; ++place) {
    if (is_key(dict.members[place->second])) return &dict.members[place->second].second;
  }
  return nullptr;
}

Result<void> insert(Budget& budget, Mapping& dict, Value key, Value value) {
  SLIPWAY_ASSIGN(const Value* old, find_key(budget, dict, key));
  dict.depth = std::max({dict.depth, depth_of(key) + 1, depth_of(value) + 1});
  if (old != nullptr) {
    const_cast<Value&>(*old) = std::move(value);
    return {};
  }
  dict.members.emplace_back(std::move(key), std::move(value));
  if (dict.members.size() == kIndexFrom) {
    for (std::uint32_t place = 0; place < kIndexFrom; ++place) index(dict, place);
  } else if (dict.members.size() > kIndexFrom) {
    index(dict, static_cast<std::uint32_t>(dict.members.size() - 1));
  }
  return {};
}

}  // namespace slipway::jinja
