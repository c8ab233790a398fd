#include "jinja/given.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::jinja {
namespace {

struct Parameter {
  std::string_view name;
  bool optional = false;
  bool named = true;
};

struct Signature {
  std::vector<Parameter> parameters;
  bool open = false;
};

Signature read(std::string_view text) {
  Signature made;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (word == "*") {
      made.open = true;
    } else if (word == "/") {
      for (Parameter& parameter : made.parameters) parameter.named = false;
    } else {
      const bool optional = word.ends_with('?');
      if (optional) word.remove_suffix(1);
      made.parameters.push_back({word, optional});
    }
  }
  return made;
}

}  // namespace

Result<Given> Given::bind(std::string_view what, std::string_view text, Arguments arguments) {
  const Signature signature = read(text);
  Given made;
  std::size_t at = 0;
  for (const Parameter& parameter : signature.parameters) {
    std::optional<Value> value;
    if (at < arguments.items.size()) value = std::move(arguments.items[at]);
    if (parameter.named) {
      std::optional<Value> named = arguments.take(parameter.name);
      if (named && value)
        return corrupt(fmt::format("{}() got multiple values for argument '{}'", what, parameter.name));
      if (named) value = std::move(named);
    }
    if (!value && !parameter.optional) {
      return corrupt(fmt::format("{}() is missing the argument '{}'", what, parameter.name));
    }
    made.values_.push_back(std::move(value));
    ++at;
  }
  const auto used = static_cast<std::ptrdiff_t>(std::min(at, arguments.items.size()));
  arguments.items.erase(arguments.items.begin(), arguments.items.begin() + used);
  if (!signature.open && !arguments.items.empty())
    return corrupt(fmt::format("{}() takes too many arguments", what));
  if (!signature.open && !arguments.named.empty()) {
    return corrupt(
        fmt::format("{}() got an unexpected keyword argument '{}'", what, arguments.named[0].first));
  }
  made.rest_ = std::move(arguments);
  return made;
}

Result<std::int64_t> whole_of(const Value& value) {
  if (is_whole(value)) return value.as_int();
  return corrupt(fmt::format("'{}' object cannot be interpreted as an integer", type_name(value)));
}

Result<std::int64_t> Given::whole(std::size_t at, std::int64_t otherwise) const {
  if ((*this)[at] == nullptr) return otherwise;
  return whole_of(*(*this)[at]);
}

Result<std::string> Given::string(std::size_t at) const {
  const Value* value = (*this)[at];
  if (value == nullptr || !value->is(Kind::kString)) {
    return corrupt(
        fmt::format("a string is needed, not '{}'", value == nullptr ? "nothing" : type_name(*value)));
  }
  return value->as_string();
}

}  // namespace slipway::jinja
