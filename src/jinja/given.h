// jinja/given.h - the arguments of a filter, test, method or function, bound to its parameters as Python
// does.
//
// Contract   A signature is the parameters' names with blanks between: `name` must be given, `name?` need
//            not, those before `/` have no name for the caller, `*` takes whatever more there is.
// Errors     kCorruptData: an argument that is missing, too much, unknown or of the wrong type
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jinja/machine.h"

namespace slipway::jinja {

class Given {
 public:
  static Result<Given> bind(std::string_view what, std::string_view signature, Arguments arguments);

  const Value* operator[](std::size_t at) const {
    return at < values_.size() && values_[at] ? &*values_[at] : nullptr;
  }
  // Absent or None.
  bool is_none(std::size_t at) const { return (*this)[at] == nullptr || (*this)[at]->is(Kind::kNone); }
  bool truth_at(std::size_t at) const { return (*this)[at] != nullptr && truth(*(*this)[at]); }
  Result<std::int64_t> whole(std::size_t at, std::int64_t otherwise) const;
  Result<std::string> string(std::size_t at) const;  // must be one
  Arguments& rest() { return rest_; }
  const Arguments& rest() const { return rest_; }

 private:
  std::vector<std::optional<Value>> values_;
  Arguments rest_;
};

// Python's index protocol: integers and booleans.
Result<std::int64_t> whole_of(const Value& value);

}  // namespace slipway::jinja
