#include "jinja/from_json.h"

#include "jinja/types.h"

namespace slipway::jinja {
namespace {

Result<Value> from_number(const json::Value& value) {
  if (const auto whole = value.as_int()) return Value::integer(*whole);
  const std::string& text = value.number_text();
  const bool is_real = text.find_first_of(".eENI") != std::string::npos;
  if (!is_real) return unsupported("the integer " + text + " does not fit 64 bits");
  return Value::real(value.as_double().value_or(0));
}

}  // namespace

Result<Value> from_json(const json::Value& value) {
  switch (value.kind()) {
    case json::Kind::kNull:
      return Value::none();
    case json::Kind::kBool:
      return Value::boolean(*value.as_bool());
    case json::Kind::kNumber:
      return from_number(value);
    case json::Kind::kString:
      return Value::string(value.string());
    case json::Kind::kArray: {
      std::vector<Value> items;
      for (const json::Value& item : value.items()) {
        SLIPWAY_ASSIGN(Value made, from_json(item));
        items.push_back(std::move(made));
      }
      return Value::list(std::move(items));
    }
    case json::Kind::kObject: {
      std::vector<std::pair<std::string, Value>> members;
      for (const auto& [name, member] : value.members()) {
        SLIPWAY_ASSIGN(Value made, from_json(member));
        members.emplace_back(name, std::move(made));
      }
      return Value::dict(std::move(members));
    }
  }
  return Value::none();
}

}  // namespace slipway::jinja
