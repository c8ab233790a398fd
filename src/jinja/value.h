// jinja/value.h - what a chat template can see: Python's plain values.
//
// Contract   Built outside a rendering they never change; copying one copies a reference. Strings are UTF-8,
//            positions in them count code points. A dict keeps the order of its insertions; 1, 1.0 and true
//            are one key, as in Python. The kinds below kDict are made and used by templates only.
// Limits     integers are 64 bits wide; what nests deeper than Limits::depth is refused when it is rendered
// Threads    value; what is shared is immutable
// Source     Python 3.11's data model, as far as jinja2's sandbox lets a template see it
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::jinja {

enum class Kind : std::uint8_t {
  kUndefined,
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kList,
  kTuple,
  kDict,
  kRange,
  kView,      // dict.keys(), .values(), .items()
  kIterator,  // what map, select, reversed and their like give
  kNamespace,
  kMacro,
  kLoop,
  kFunction,
  kMethod,
  kCycler,
  kJoiner,
  kBlocks,  // the name `self`
  kMissing  // of a variable that has no value; never seen by a template
};

struct Object;

class Value {
 public:
  Value() = default;  // undefined
  static Value none() { return Value(Kind::kNone); }
  static Value boolean(bool value);
  static Value integer(std::int64_t value);
  static Value real(double value);
  static Value string(std::string text);  // UTF-8
  static Value list(std::vector<Value> items);
  static Value tuple(std::vector<Value> items);
  static Value dict(std::vector<std::pair<std::string, Value>> members);  // a key that comes again wins
  // Keys are none, booleans, numbers, strings or tuples of them; others are left out.
  static Value dict_of(std::vector<std::pair<Value, Value>> members);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool as_bool() const { return number_ != 0; }    // of kBool
  std::int64_t as_int() const { return number_; }  // of kBool, kInt
  double as_real() const { return real_; }         // of kFloat
  const std::string& as_string() const;            // of kString
  const std::vector<Value>& items() const;         // of kList, kTuple
  const Value* find(std::string_view key) const;   // of kDict; null when absent

  // For this floor.
  explicit Value(Kind kind) : kind_(kind) {}
  Value(Kind kind, std::shared_ptr<Object> object) : kind_(kind), object_(std::move(object)) {}
  template <class T>
  T& object() const {
    return static_cast<T&>(*object_);
  }
  const std::shared_ptr<Object>& shared() const { return object_; }

 private:
  Kind kind_ = Kind::kUndefined;
  union {
    std::int64_t number_ = 0;
    double real_;
  };
  std::shared_ptr<Object> object_{};
};

// What a template is rendered with, by name; of two of one name the later counts.
using Variables = std::vector<std::pair<std::string, Value>>;

}  // namespace slipway::jinja
