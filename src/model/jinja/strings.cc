#include <algorithm>

#include <fmt/format.h>
#include "model/jinja/walk.h"

namespace slipway::model::jinja {
namespace {

using Kind = Value::Kind;

constexpr std::string_view kBlanks = " \t\n\r\f\v";

std::string cased(std::string text, const std::string& how) {
  bool first = true;
  for (char& c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool up = how == "upper" || ((how == "title" || how == "capitalize") && first);
    if (letter && up) c = static_cast<char>(c & ~0x20);
    if (letter && !up) c = static_cast<char>(c | 0x20);
    first = how == "title" ? !letter : false;
  }
  return text;
}

// Strips literal ends; an opaque end keeps what it hides and stays what it is.
void strip_front(Text& text, std::string_view set) {
  while (!text.empty() && !text.front().opaque) {
    std::string& first = text.front().text;
    first.erase(0, std::min(first.find_first_not_of(set), first.size()));
    if (!first.empty()) return;
    text.erase(text.begin());
  }
}

void strip_back(Text& text, std::string_view set) {
  while (!text.empty() && !text.back().opaque) {
    std::string& last = text.back().text;
    const std::size_t keep = last.find_last_not_of(set);
    last.erase(keep == std::string::npos ? 0 : keep + 1);
    if (!last.empty()) return;
    text.pop_back();
  }
}

const Value* only_literal(const Value* value) {
  return value != nullptr && value->is(Kind::kText) && is_literal(value->text) ? value : nullptr;
}

}  // namespace

Value Walk::stripped(const Value& object, std::string_view name, const Arguments& arguments) {
  std::string set(kBlanks);
  if (const Value* given = arguments.at(0, "chars"); given != nullptr && !given->is(Kind::kNone)) {
    if (only_literal(given) == nullptr) return derived("strip", object, arguments, true);
    set = literal(given->text);
  }
  Text text = object.text;
  if (name != "rstrip") strip_front(text, set);
  if (name != "lstrip") strip_back(text, set);
  return Value::of(std::move(text));
}

Value Walk::recased(const Value& object, const std::string& name) {
  if (!is_literal(object.text)) return derived(name, object, {}, hides(object, Care::kAnyText));
  return Value::string(cased(literal(object.text), name));
}

Value Walk::split(const Value& object, const Arguments& arguments) {
  const Value* by = only_literal(arguments.at(0, "sep"));
  if (!is_literal(object.text) || by == nullptr || by->text.empty() || arguments.given.size() > 1)
    return derived_solid("split", object, arguments);  // at least one piece
  const std::string text = literal(object.text), sign = literal(by->text);
  if (!spend(text.size())) return {};
  List pieces;
  std::size_t begin = 0;
  for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign, begin)) {
    pieces.push_back(Value::string(text.substr(begin, at - begin)));
    begin = at + sign.size();
  }
  pieces.push_back(Value::string(text.substr(begin)));
  return Value::of(std::move(pieces));
}

Value Walk::replaced(const Value& object, const Arguments& arguments) {
  const Value* from = only_literal(arguments.at(0, "old"));
  const Value* to = only_literal(arguments.at(1, "new"));
  if (from == nullptr || to == nullptr || from->text.empty() || !is_literal(object.text)) {
    const bool brings_text = to == nullptr || hides(*to, Care::kAnyText) || hides(object, Care::kAnyText);
    return derived("replace", object, arguments, brings_text);
  }
  std::string text = literal(object.text);
  const std::string old = literal(from->text), fresh = literal(to->text);
  for (std::size_t at = text.find(old); at != std::string::npos; at = text.find(old, at + fresh.size())) {
    if (!spend(1 + text.size() / 64)) return {};
    text.replace(at, old.size(), fresh);
    if (text.size() > kTemplateBytesMax) return not_read("it makes a text that is too long");
  }
  return Value::string(std::move(text));
}

bool Walk::begins_or_ends(const Value& object, const std::string& name, const Value& with) {
  const bool front = name == "startswith";
  if (with.is(Kind::kText) && is_literal(with.text)) {
    const std::string wanted = literal(with.text);
    if (wanted.empty()) return true;
    if (object.text.empty()) return false;
    const Part& end = front ? object.text.front() : object.text.back();
    if (!end.opaque && (end.text.size() >= wanted.size() || object.text.size() == 1))
      return front ? end.text.starts_with(wanted) : end.text.ends_with(wanted);
  }
  const std::string a = key_of(object), b = key_of(with);
  return choices_.ask(a.empty() || b.empty() ? std::string() : fmt::format("{}: {} {}", name, a, b));
}

Value Walk::text_method(const Value& object, const std::string& name, const Arguments& arguments) {
  if (!spend(weight(object.text) / 64)) return {};
  if (name == "strip" || name == "lstrip" || name == "rstrip") return stripped(object, name, arguments);
  if (name == "upper" || name == "lower" || name == "title" || name == "capitalize")
    return recased(object, name);
  if (name == "split") return split(object, arguments);
  if (name == "replace") return replaced(object, arguments);
  if ((name == "startswith" || name == "endswith") && arguments.given.size() == 1)
    return Value::boolean(begins_or_ends(object, name, arguments.given.front()));
  if (name == "rsplit" || name == "splitlines" || name == "partition" || name == "rpartition")
    return derived(name, object, arguments, true);
  return not_read(fmt::format("the method '{}'", name));
}

}  // namespace slipway::model::jinja
