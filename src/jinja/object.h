// jinja/object.h - what a Value refers to.
//
// Contract   Texts, lists and dicts never change. What can change (namespaces, scopes, iterators) is owned by
//            the machine as well, which empties it at the end, so that cycles leave nothing behind.
// Threads    texts, lists and dicts: share freely; the others belong to one rendering
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "jinja/budget.h"
#include "jinja/value.h"

namespace slipway::jinja {

struct Object {
  Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual ~Object() {
    if (budget != nullptr) budget->release(charged);
  }
  void charge(Budget& with, std::size_t bytes) {
    with.take(bytes);
    budget = &with;
    charged = bytes;
  }
  virtual void empty() {}  // lets go of what it refers to

  Budget* budget = nullptr;
  std::size_t charged = 0;
  int depth = 1;  // of what it holds, plus one
};

struct Text : Object {
  std::string bytes;
  std::size_t points = 0;
  bool markup = false;  // markupsafe's Markup
  bool is_ascii() const { return points == bytes.size(); }
};

struct Sequence : Object {
  std::vector<Value> items;
  bool group = false;  // a tuple of groupby: .grouper and .list
};

// Members in the order of their insertion, found by hash.
struct Mapping : Object {
  std::vector<std::pair<Value, Value>> members;
  std::unordered_multimap<std::uint64_t, std::uint32_t> places;  // made when there are more than a few
};

struct Range : Object {
  std::int64_t start = 0;
  std::int64_t stop = 0;
  std::int64_t step = 1;
  std::int64_t size = 0;
  std::int64_t at(std::int64_t index) const { return start + index * step; }
};

struct View : Object {
  enum class Of : std::uint8_t { kKeys, kValues, kItems };
  Of of = Of::kKeys;
  Value dict;
};

// Why an undefined value is none, for the error that its use raises.
struct Hint : Object {
  std::string text;
};

int depth_of(const Value& value);
inline const Text& text_of(const Value& value) { return value.object<Text>(); }
inline bool is_markup(const Value& value) { return value.is(Kind::kString) && text_of(value).markup; }
inline const std::vector<Value>& items_of(const Value& value) { return value.object<Sequence>().items; }
inline const Mapping& mapping_of(const Value& value) { return value.object<Mapping>(); }

std::shared_ptr<Text> make_text(std::string bytes, bool markup = false);
std::shared_ptr<Sequence> make_sequence(std::vector<Value> items);
Value missing_value(std::string hint);  // undefined, with its reason

}  // namespace slipway::jinja
