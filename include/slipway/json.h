// slipway/json.h - JSON without loss: what we do not change stays byte for byte as it was.
//
// Floor      text
// Contract   A Document keeps its source text. Values know where they stand in it; an edit replaces
//            only the bytes of what it changes, in the style around it (indent, escaping, newline).
//            Numbers keep their text (20-digit integers, 1e-05). Key order stays; a duplicate key is
//            an error that names it.
// Limits     text 64 MiB (kJsonBytesMax), depth 128, total: no input crashes it
// Errors     kCorruptData with line and column
// Threads    value
// Source     RFC 8259; NaN, Infinity, -Infinity are read as numbers where `allow_nan`, as Python's
//            json writes them
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/result.h"

namespace slipway::json {

inline constexpr std::size_t kJsonBytesMax = 64u << 20;
inline constexpr int kJsonDepthMax = 128;

enum class Kind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

// A parsed value, and also what one builds to insert. Copy is deep.
class Value {
 public:
  Value() = default;  // null
  Value(bool value);
  Value(std::int64_t value);
  Value(int value) : Value(static_cast<std::int64_t>(value)) {}
  Value(std::uint64_t value);
  Value(double value);  // shortest form that reads back; NaN and infinities are not allowed
  Value(std::string value);
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(const char* value) : Value(std::string(value)) {}
  static Value number(std::string text);  // exact text, checked
  static Value array(std::vector<Value> items = {});
  static Value object(std::vector<std::pair<std::string, Value>> members = {});

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  std::optional<bool> as_bool() const;
  std::optional<std::int64_t> as_int() const;  // only integer text that fits; 1.0 is not an integer
  std::optional<std::uint64_t> as_uint() const;
  std::optional<double> as_double() const;
  std::optional<std::string> as_string() const;
  const std::string& string() const { return text_; }       // decoded; "" unless a string
  const std::string& number_text() const { return text_; }  // "" unless a number

  std::span<const Value> items() const { return items_; }  // of an array
  std::span<const std::pair<std::string, Value>> members() const { return members_; }
  const Value* find(std::string_view key) const;  // null when absent or not an object
  // Builders, for values that are being made.
  void push_back(Value item);
  void set(std::string key, Value value);  // replaces or appends

  bool same_as(const Value& other) const;  // by meaning: key order ignored, number text compared

  // Where it stands in its document's text; {0,0} when it was built.
  std::size_t begin = 0;
  std::size_t end = 0;

 private:
  Kind kind_ = Kind::kNull;
  bool bool_ = false;
  std::string text_{};
  std::vector<Value> items_{};
  std::vector<std::pair<std::string, Value>> members_{};
  friend class Parser;
};

struct ParseOptions {
  bool allow_nan = false;
  std::size_t bytes_max = kJsonBytesMax;
};
Result<Value> parse(std::string_view text, const ParseOptions& options = {});
// What parse() would say, without building the tree: the kind of the root.
Result<Kind> check(std::string_view text, const ParseOptions& options = {});

struct Style {
  int indent = 2;     // -1: one line, no spaces
  bool ascii = true;  // non-ASCII as \uXXXX, as Python's json does by default
  bool final_newline = true;
  bool python_separators = false;  // one line with ", " and ": "
};
std::string print(const Value& value, const Style& style = {});
std::string print_compact(const Value& value);  // one line, no spaces, raw UTF-8

// A text with its parsed value, edited in place. A path is a list of object keys.
class Document {
 public:
  using KeyPath = std::span<const std::string_view>;

  static Result<Document> parse(std::string text, const ParseOptions& options = {});
  // A new document: an empty object in `style`.
  static Document make(const Style& style = {});

  const std::string& text() const { return text_; }
  const Value& root() const { return root_; }
  const Value* find(KeyPath path) const;
  const Value* find(std::string_view key) const { return root_.find(key); }

  // Sets a member: replaced where it stands; a new key goes to its sorted place when the object's
  // keys are sorted, else last. Its parent must be an object that exists. kCorruptData, and nothing
  // is changed, when the text would no longer parse: past a limit, NaN that is not allowed.
  Result<void> set(KeyPath path, const Value& value);
  Result<void> set(std::string_view key, const Value& value);
  Result<void> erase(KeyPath path);  // absent is fine
  Result<void> erase(std::string_view key);

  Style style() const;  // as seen in the text

 private:
  std::string text_;
  Value root_;
  ParseOptions options_;
};

}  // namespace slipway::json
