// jinja/types.h - what Python calls the types, their truth and their numbers.
//
// Threads    value
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "jinja/compare.h"
#include "jinja/object.h"
#include "slipway/result.h"

namespace slipway::jinja {

inline std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, "chat template: " + std::move(message));
}
inline std::unexpected<Error> unsupported(std::string message) {
  return fail(ErrorCode::kUnsupported, "chat template: " + std::move(message));
}
// The error that using an undefined value raises.
std::unexpected<Error> used_undefined(const Value& value);

std::string_view type_name(const Value& value);
inline bool is_number(const Value& value) {
  return value.is(Kind::kInt) || value.is(Kind::kFloat) || value.is(Kind::kBool);
}
inline bool is_whole(const Value& value) { return value.is(Kind::kInt) || value.is(Kind::kBool); }
inline bool is_sequence(const Value& value) { return value.is(Kind::kList) || value.is(Kind::kTuple); }
inline double real_of(const Value& number) {
  return number.is(Kind::kFloat) ? number.as_real() : static_cast<double>(number.as_int());
}
std::partial_ordering compare_numbers(const Value& left, const Value& right);
bool truth(const Value& value);
// True where Python's `is` would hold, as far as a template can tell.
bool same_object(const Value& left, const Value& right);

// Of kinds whose objects this header's users need not know.
Result<bool> views_equal(Budget& budget, const View& left, const View& right);
Result<bool> views_ordered(Budget& budget, const Value& left, const Value& right, Order order);
Result<bool> same_callable(Budget& budget, const Value& left, const Value& right);

}  // namespace slipway::jinja
