// model/jinja/value.h - what is known of a value while a template is walked without its inputs.
//
// Contract   Text is a sequence of parts: literal, or opaque with the messages it comes from. An
//            opaque part whose key is equal to another's in the same walk is the same text.
// Threads    value; lists, dicts and namespaces are shared, as in Jinja
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/jinja/syntax.h"

namespace slipway::model::jinja {

// Bits: whose content an opaque text holds.
using Taint = std::uint8_t;
inline constexpr Taint kFirstUser = 1, kAssistant = 2, kSecondUser = 4, kReasoning = 8;

inline constexpr int kValueDepthMax = 32;

struct Part {
  std::string text{};  // literal, or the key of an opaque part ("" when it has none)
  bool opaque = false;
  bool solid = false;  // opaque, and known: a text that is not blank, a list with items, a number above 0
  bool dirty = false;  // opaque, and special tokens of the template may hide inside
  Taint taint = 0;

  bool operator==(const Part&) const = default;
};
using Text = std::vector<Part>;

struct Value;
using List = std::vector<Value>;
using Dict = std::vector<std::pair<std::string, Value>>;
using Space = std::map<std::string, Value, std::less<>>;

struct Value {
  enum class Kind : std::uint8_t {
    kUndefined,
    kNone,
    kBool,
    kInt,
    kText,
    kList,
    kDict,
    kSpace,
    kMacro,
    kFunction,
    kUnknown  // anything; `text` holds one opaque part
  };
  Kind kind = Kind::kUndefined;
  std::int64_t number = 0;  // also of a bool
  Text text{};
  std::string name{};  // of a function
  std::shared_ptr<const List> list{};
  std::shared_ptr<const Dict> dict{};
  std::shared_ptr<Space> space{};
  const Stmt* macro = nullptr;
  int depth = 0;  // of lists in lists; a namespace inside one counts as too deep

  static Value none() { return {.kind = Kind::kNone}; }
  static Value boolean(bool value) { return {.kind = Kind::kBool, .number = value ? 1 : 0}; }
  static Value integer(std::int64_t value) { return {.kind = Kind::kInt, .number = value}; }
  static Value string(std::string literal);
  static Value of(Text text) { return {.kind = Kind::kText, .text = std::move(text)}; }
  static Value content(std::string key, Taint taint);  // a message's whole text
  static Value unknown(std::string key, Taint taint = 0, bool dirty = false);
  static Value of(List list);
  static Value of(Dict dict);

  bool is(Kind other) const { return kind == other; }
  bool is_number() const { return kind == Kind::kInt || kind == Kind::kBool; }
  const Value* find(std::string_view key) const;  // of a dict or namespace
};

bool is_literal(const Text& text);
std::string literal(const Text& text);  // of a literal text
void append(Text& text, Text more);     // joins neighbouring literals
std::size_t weight(const Text& text);   // bytes held

// What a value is computed from: equal keys, equal values. "" when it is too long to be of use.
std::string key_of(const Value& value);
Taint taint_of(const Value& value);
bool is_solid(const Value& value);

}  // namespace slipway::model::jinja
