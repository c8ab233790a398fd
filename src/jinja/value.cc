#include "jinja/value.h"

#include "jinja/compare.h"
#include "jinja/object.h"
#include "jinja/unicode.h"
#include "slipway/result.h"

namespace slipway::jinja {
namespace {

const std::string kNoText;
const std::vector<Value> kNoItems;

}  // namespace

Value Value::boolean(bool value) {
  Value made(Kind::kBool);
  made.number_ = value ? 1 : 0;
  return made;
}

Value Value::integer(std::int64_t value) {
  Value made(Kind::kInt);
  made.number_ = value;
  return made;
}

Value Value::real(double value) {
  Value made(Kind::kFloat);
  made.real_ = value;
  return made;
}

Value Value::string(std::string text) { return Value(Kind::kString, make_text(std::move(text))); }
Value Value::list(std::vector<Value> items) { return Value(Kind::kList, make_sequence(std::move(items))); }
Value Value::tuple(std::vector<Value> items) { return Value(Kind::kTuple, make_sequence(std::move(items))); }

Value Value::dict(std::vector<std::pair<std::string, Value>> members) {
  std::vector<std::pair<Value, Value>> made;
  made.reserve(members.size());
  for (auto& [key, value] : members) made.emplace_back(string(std::move(key)), std::move(value));
  return dict_of(std::move(made));
}

Value Value::dict_of(std::vector<std::pair<Value, Value>> members) {
  Budget budget({.steps = ~std::uint64_t{0}});
  auto made = std::make_shared<Mapping>();
  for (auto& [key, value] : members) {
    if (is_hashable(key)) (void)insert(budget, *made, std::move(key), std::move(value));
  }
  return Value(Kind::kDict, std::move(made));
}

const std::string& Value::as_string() const { return is(Kind::kString) ? object<Text>().bytes : kNoText; }

const std::vector<Value>& Value::items() const {
  return is(Kind::kList) || is(Kind::kTuple) ? object<Sequence>().items : kNoItems;
}

const Value* Value::find(std::string_view key) const {
  return is(Kind::kDict) ? find_text(object<Mapping>(), key) : nullptr;
}

int depth_of(const Value& value) {
  return value.shared() == nullptr || value.is(Kind::kString) ? 0 : value.shared()->depth;
}

std::shared_ptr<Text> make_text(std::string bytes, bool markup) {
  auto made = std::make_shared<Text>();
  made->points = count_points(bytes);
  made->bytes = std::move(bytes);
  made->markup = markup;
  return made;
}

std::shared_ptr<Sequence> make_sequence(std::vector<Value> items) {
  auto made = std::make_shared<Sequence>();
  for (const Value& item : items) made->depth = std::max(made->depth, depth_of(item) + 1);
  made->items = std::move(items);
  return made;
}

Value missing_value(std::string hint) {
  auto made = std::make_shared<Hint>();
  made->text = std::move(hint);
  return Value(Kind::kUndefined, std::move(made));
}

}  // namespace slipway::jinja
