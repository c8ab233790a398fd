#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/whole_number.h"
#include "slipway/json.h"
#include "text/json_number.h"

namespace slipway::json {
Value::Value(bool value) : kind_(Kind::kBool), bool_(value) {}
Value::Value(std::int64_t value) : kind_(Kind::kNumber), text_(std::to_string(value)) {}
Value::Value(std::uint64_t value) : kind_(Kind::kNumber), text_(std::to_string(value)) {}
Value::Value(double value) : kind_(Kind::kNumber), text_(python_float(value)) {}
Value::Value(std::string value) : kind_(Kind::kString), text_(std::move(value)) {}

Value Value::number(std::string text) {
  SLIPWAY_CHECK(json::is_number(text));
  Value value;
  value.kind_ = Kind::kNumber;
  value.text_ = std::move(text);
  return value;
}

Value Value::array(std::vector<Value> items) {
  Value value;
  value.kind_ = Kind::kArray;
  value.items_ = std::move(items);
  return value;
}

Value Value::object(std::vector<std::pair<std::string, Value>> members) {
  Value value;
  value.kind_ = Kind::kObject;
  value.members_ = std::move(members);
  return value;
}

std::optional<bool> Value::as_bool() const { return is_bool() ? std::optional(bool_) : std::nullopt; }

std::optional<std::int64_t> Value::as_int() const {
  return Value::is_number() ? whole_number<std::int64_t>(text_) : std::nullopt;
}

std::optional<std::uint64_t> Value::as_uint() const {
  return Value::is_number() ? whole_number<std::uint64_t>(text_) : std::nullopt;
}

std::optional<double> Value::as_double() const {
  if (!is_number()) return std::nullopt;
  if (text_ == "NaN") return std::nan("");
  if (text_ == "Infinity") return HUGE_VAL;
  if (text_ == "-Infinity") return -HUGE_VAL;
  return parse_float(text_);
}

std::optional<std::string> Value::as_string() const {
  return is_string() ? std::optional(text_) : std::nullopt;
}

const Value* Value::find(std::string_view key) const {
  const auto at = std::ranges::find_if(members_, [&](const auto& member) { return member.first == key; });
  return at == members_.end() ? nullptr : &at->second;
}

void Value::push_back(Value item) {
  SLIPWAY_CHECK(is_array());
  items_.push_back(std::move(item));
}

void Value::set(std::string key, Value value) {
  SLIPWAY_CHECK(is_object());
  const auto at = std::ranges::find_if(members_, [&](const auto& member) { return member.first == key; });
  if (at == members_.end()) {
    members_.emplace_back(std::move(key), std::move(value));
  } else {
    at->second = std::move(value);
  }
}

bool Value::same_as(const Value& other) const {
  if (kind_ != other.kind_) return false;
  if (is_array()) {
    return std::ranges::equal(items_, other.items_,
                              [](const Value& a, const Value& b) { return a.same_as(b); });
  }
  if (!is_object()) return bool_ == other.bool_ && text_ == other.text_;
  if (members_.size() != other.members_.size()) return false;
  std::vector<std::size_t> mine(members_.size());
  for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = i;
  std::vector<std::size_t> theirs = mine;
  std::ranges::sort(mine, {}, [&](std::size_t i) -> const std::string& { return members_[i].first; });
  std::ranges::sort(theirs, {}, [&](std::size_t i) -> const std::string& { return other.members_[i].first; });
  return std::ranges::equal(mine, theirs, [&](std::size_t a, std::size_t b) {
    return members_[a].first == other.members_[b].first &&
           members_[a].second.same_as(other.members_[b].second);
  });
}

}  // namespace slipway::json
