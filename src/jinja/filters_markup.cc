#include <algorithm>

#include <fmt/format.h>

#include "jinja/filters.h"
#include "jinja/iterate.h"
#include "jinja/operators.h"
#include "jinja/text_args.h"
#include "jinja/unicode.h"

namespace slipway::jinja {
namespace {

Result<Value> safe(Machine& machine, const Value& subject, Given&) {
  if (is_markup(subject)) return subject;
  SLIPWAY_ASSIGN(std::string text, machine.str(subject));
  return machine.text(std::move(text), true);
}

Result<Value> escape(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(std::string text, escaped_value(machine, subject));
  return machine.text(std::move(text), true);
}

Result<Value> force_escape(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const std::string text, machine.str(subject));
  SLIPWAY_TRY(machine.budget().room(text.size() * 5));
  return machine.text(escaped(text), true);
}

Result<Value> strip_tags(Machine& machine, const Value& subject, Given&) {
  SLIPWAY_ASSIGN(const std::string text, machine.str(subject));
  std::string kept;
  std::size_t at = 0;
  for (std::size_t open = text.find('<'); open != std::string::npos; open = text.find('<', at)) {
    const bool comment = text.compare(open, 4, "<!--") == 0;
    const std::size_t end = comment ? text.find("-->", open + 4) : text.find('>', open);
    if (end == std::string::npos) break;
    kept += text.substr(at, open - at);
    at = end + (comment ? 3 : 1);
  }
  kept += text.substr(at);
  std::vector<std::string> words;
  for (const std::string_view word : split_blanks(kept, -1)) words.emplace_back(word);
  SLIPWAY_ASSIGN(std::string out, joined(machine, words, " "));
  if (out.find('&') != std::string::npos) return unsupported("striptags of HTML entities");
  return machine.text(std::move(out));
}

std::string url_quoted(std::string_view text, bool for_query) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '_' || c == '.' || c == '-' || c == '~' || (c == '/' && !for_query);
    if (plain) {
      out += c;
    } else if (c == ' ' && for_query) {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Result<std::string> query_part(Machine& machine, const Value& value) {
  SLIPWAY_ASSIGN(const std::string text, machine.str(value));
  SLIPWAY_TRY(machine.budget().room(text.size() * 3));
  return url_quoted(text, true);
}

Result<Value> url_encode(Machine& machine, const Value& subject, Given&) {
  const bool one = subject.is(Kind::kString) || !is_iterable(subject);
  if (one) {
    SLIPWAY_ASSIGN(const std::string text, machine.str(subject));
    SLIPWAY_TRY(machine.budget().room(text.size() * 3));
    return machine.text(url_quoted(text, false));
  }
  std::vector<std::string> parts;
  const auto pair = [&](const Value& key, const Value& value) -> Result<void> {
    SLIPWAY_ASSIGN(const std::string left, query_part(machine, key));
    SLIPWAY_ASSIGN(const std::string right, query_part(machine, value));
    parts.push_back(left + "=" + right);
    return {};
  };
  if (subject.is(Kind::kDict)) {
    for (const auto& [key, value] : mapping_of(subject).members) SLIPWAY_TRY(pair(key, value));
  } else {
    SLIPWAY_ASSIGN(const auto items, collect(machine, subject));
    for (const Value& item : items) {
      SLIPWAY_ASSIGN(const auto both, collect(machine, item));
      if (both.size() != 2) return corrupt("urlencode needs pairs");
      SLIPWAY_TRY(pair(both[0], both[1]));
    }
  }
  SLIPWAY_ASSIGN(std::string out, joined(machine, parts, "&"));
  return machine.text(std::move(out));
}

Result<Value> xml_attributes(Machine& machine, const Value& subject, Given& given) {
  if (subject.is(Kind::kUndefined)) return used_undefined(subject);
  if (!subject.is(Kind::kDict))
    return corrupt(fmt::format("'{}' object has no attribute 'items'", type_name(subject)));
  std::vector<std::string> parts;
  for (const auto& [key, value] : mapping_of(subject).members) {
    if (value.is(Kind::kNone) || value.is(Kind::kUndefined)) continue;
    if (!key.is(Kind::kString)) return corrupt("expected string or bytes-like object");
    if (key.as_string().find_first_of(" \t\n\r\f\v/>=") != std::string::npos)
      return corrupt(fmt::format("Invalid character in attribute name: '{}'", key.as_string()));
    SLIPWAY_ASSIGN(const std::string left, escaped_value(machine, key));
    SLIPWAY_ASSIGN(const std::string right, escaped_value(machine, value));
    parts.push_back(left + "=\"" + right + "\"");
  }
  SLIPWAY_ASSIGN(std::string out, joined(machine, parts, " "));
  const bool space = (given[0] == nullptr || given.truth_at(0)) && !out.empty();
  return machine.text((space ? " " : "") + out);
}

Result<Value> urlize(Machine&, const Value&, Given&) { return unsupported("urlize"); }

constexpr FilterRow kRows[] = {{"safe", "", &safe},
                               {"escape", "", &escape},
                               {"e", "", &escape},
                               {"forceescape", "", &force_escape},
                               {"striptags", "", &strip_tags},
                               {"urlencode", "", &url_encode},
                               {"xmlattr", "autospace?", &xml_attributes},
                               {"urlize", "*", &urlize}};

}  // namespace

std::span<const FilterRow> markup_filters() { return kRows; }

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    constexpr std::string_view kPlain = "&><'\"";
    constexpr std::string_view kEscapes[] = {"&amp;", "&gt;", "&lt;", "&#39;", "&#34;"};
    const std::size_t which = kPlain.find(c);
    if (which == std::string_view::npos) {
      out += c;
    } else {
      out += kEscapes[which];
    }
  }
  return out;
}

Result<std::string> escaped_value(Machine& machine, const Value& value) {
  if (is_markup(value)) return value.as_string();
  SLIPWAY_ASSIGN(const std::string text, machine.str(value));
  SLIPWAY_TRY(machine.budget().room(text.size() * 5));
  return escaped(text);
}

}  // namespace slipway::jinja
