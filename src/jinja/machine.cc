#include "jinja/machine.h"

#include <fmt/format.h>

#include "jinja/functions.h"
#include "jinja/printer.h"
#include "jinja/unicode.h"

namespace slipway::jinja {

const Value* Arguments::find(std::string_view name) const {
  for (const auto& [key, value] : named) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::optional<Value> Arguments::take(std::string_view name) {
  for (auto at = named.begin(); at != named.end(); ++at) {
    if (at->first != name) continue;
    Value value = std::move(at->second);
    named.erase(at);
    return value;
  }
  return std::nullopt;
}

Machine::Machine(const Program& program, const Variables& variables, const Surroundings& surroundings)
    : program_(program),
      variables_(variables),
      surroundings_(surroundings),
      budget_(surroundings.limits),
      globals_(global_functions()) {}

Machine::~Machine() {
  for (const auto& object : owned_) object->empty();
}

const Value* Machine::global(const std::string& name) const {
  for (auto at = variables_.rbegin(); at != variables_.rend(); ++at) {
    if (at->first == name) return &at->second;
  }
  for (const auto& [key, value] : globals_) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<std::string> Machine::run() {
  for (const auto& [name, value] : variables_) SLIPWAY_TRY(budget_.fits_depth(depth_of(value)));
  scope_ = std::make_shared<Scope>();
  scope_->cells.assign(program_.slots, Value(Kind::kMissing));
  scope_->owned = true;
  own(scope_);
  if (program_.uses_self) scope_->cells[program_.self_index] = Value(Kind::kBlocks);
  enter(program_.frame);
  SLIPWAY_TRY(body(program_.body));
  if (holds_surrogate(out_)) return corrupt("the text holds a lone surrogate, which UTF-8 cannot");
  return std::move(out_);
}

Result<Value> Machine::object(Kind kind, std::shared_ptr<Object> made, std::size_t bytes) {
  SLIPWAY_TRY(budget_.fits_depth(made->depth));
  SLIPWAY_TRY(budget_.room(bytes));
  made->charge(budget_, bytes);
  return Value(kind, std::move(made));
}

Result<Value> Machine::text(std::string bytes, bool markup) {
  const std::size_t size = sizeof(Text) + bytes.size();
  return object(Kind::kString, make_text(std::move(bytes), markup), size);
}

Result<Value> Machine::sequence(Kind kind, std::vector<Value> items, bool group) {
  const std::size_t size = sizeof(Sequence) + items.size() * sizeof(Value);
  auto made = make_sequence(std::move(items));
  made->group = group;
  return object(kind, std::move(made), size);
}

Result<Value> Machine::dict(std::shared_ptr<Mapping> members) {
  const std::size_t size = sizeof(Mapping) + members->members.size() * (2 * sizeof(Value) + 32);
  return object(Kind::kDict, std::move(members), size);
}

Result<std::string> Machine::str(const Value& value) {
  if (value.is(Kind::kString)) {
    SLIPWAY_TRY(budget_.room(value.as_string().size()));
    return value.as_string();
  }
  Printer printer(*this);
  SLIPWAY_TRY(printer.str(value));
  return std::move(printer.text());
}

Result<std::string> Machine::repr(const Value& value) {
  Printer printer(*this);
  SLIPWAY_TRY(printer.repr(value));
  return std::move(printer.text());
}

}  // namespace slipway::jinja
