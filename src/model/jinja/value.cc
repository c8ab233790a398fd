#include "model/jinja/value.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::model::jinja {
namespace {

constexpr std::size_t kKeyBytesMax = 400;
constexpr int kDepthMax = 8;  // of lists in lists that are looked into

std::string capped(std::string key) { return key.size() > kKeyBytesMax ? std::string() : std::move(key); }

std::string text_key(const Text& text) {
  std::string key;
  for (const Part& part : text) {
    if (part.opaque && part.text.empty()) return "";
    key += part.opaque ? fmt::format("<{}>", part.text) : fmt::format("'{}'", part.text);
    if (key.size() > kKeyBytesMax) return "";
  }
  return key.empty() ? "''" : key;
}

Taint taint_within(const Value& value, int depth) {
  Taint taint = 0;
  for (const Part& part : value.text) taint |= part.taint;
  if (depth == 0) return taint;
  if (value.list)
    for (const Value& item : *value.list) taint |= taint_within(item, depth - 1);
  if (value.dict)
    for (const auto& member : *value.dict) taint |= taint_within(member.second, depth - 1);
  return taint;
}

int depth_as_item(const Value& item) { return item.space ? kValueDepthMax + 1 : item.depth + 1; }

}  // namespace

Value Value::string(std::string literal) {
  Value value{.kind = Kind::kText};
  if (!literal.empty()) value.text.push_back({.text = std::move(literal)});
  return value;
}

Value Value::content(std::string key, Taint taint) {
  Value value{.kind = Kind::kText};
  value.text.push_back({.text = std::move(key), .opaque = true, .solid = true, .taint = taint});
  return value;
}

Value Value::unknown(std::string key, Taint taint, bool dirty) {
  Value value{.kind = Kind::kUnknown};
  value.text.push_back({.text = capped(std::move(key)), .opaque = true, .dirty = dirty, .taint = taint});
  return value;
}

Value Value::of(List list) {
  Value value{.kind = Kind::kList};
  for (const Value& item : list) value.depth = std::max(value.depth, depth_as_item(item));
  value.list = std::make_shared<const List>(std::move(list));
  return value;
}

Value Value::of(Dict dict) {
  Value value{.kind = Kind::kDict};
  for (const auto& member : dict) value.depth = std::max(value.depth, depth_as_item(member.second));
  value.dict = std::make_shared<const Dict>(std::move(dict));
  return value;
}

const Value* Value::find(std::string_view key) const {
  if (space) {
    const auto at = space->find(key);
    return at == space->end() ? nullptr : &at->second;
  }
  if (!dict) return nullptr;
  const auto at = std::ranges::find(*dict, key, &Dict::value_type::first);
  return at == dict->end() ? nullptr : &at->second;
}

bool is_literal(const Text& text) {
  return std::ranges::none_of(text, [](const Part& part) { return part.opaque; });
}

std::string literal(const Text& text) {
  std::string joined;
  for (const Part& part : text) joined += part.text;
  return joined;
}

void append(Text& text, Text more) {
  for (Part& part : more) {
    if (!part.opaque && !text.empty() && !text.back().opaque) {
      text.back().text += part.text;
    } else {
      text.push_back(std::move(part));
    }
  }
}

std::size_t weight(const Text& text) {
  std::size_t bytes = 0;
  for (const Part& part : text) bytes += part.text.size() + sizeof(Part);
  return bytes;
}

std::string key_of(const Value& value) {
  using Kind = Value::Kind;
  switch (value.kind) {
    case Kind::kUndefined:
      return "undefined";
    case Kind::kNone:
      return "none";
    case Kind::kBool:
    case Kind::kInt:
      return fmt::format("{}", value.number);
    case Kind::kText:
    case Kind::kUnknown:
      return text_key(value.text);
    default:
      return "";
  }
}

Taint taint_of(const Value& value) { return taint_within(value, kDepthMax); }

bool is_solid(const Value& value) { return std::ranges::any_of(value.text, &Part::solid); }

}  // namespace slipway::model::jinja
