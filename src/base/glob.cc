#include "base/glob.h"

#include <algorithm>

namespace slipway {
namespace {

// A set's body, from behind '[' to before ']'. Returns the index behind ']', npos when it never closes.
std::size_t set_end(std::string_view pattern, std::size_t begin) {
  std::size_t at = begin;
  if (at < pattern.size() && pattern[at] == '!') ++at;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  const std::size_t close = pattern.find(']', at);
  return close == std::string_view::npos ? close : close + 1;
}

bool set_contains(std::string_view body, char c) {
  const bool negated = body.starts_with('!');
  if (negated) body.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (i + 2 < body.size() && body[i + 1] == '-') {
      found = found || (body[i] <= c && c <= body[i + 2]);
      i += 2;
    } else {
      found = found || body[i] == c;
    }
  }
  return found != negated;
}

// Matches one pattern element at `p` against `c`; advances `p` behind the element.
bool match_one(std::string_view pattern, std::size_t& p, char c) {
  if (pattern[p] == '?') {
    ++p;
    return true;
  }
  if (pattern[p] == '[') {
    if (const std::size_t end = set_end(pattern, p + 1); end != std::string_view::npos) {
      const bool hit = set_contains(pattern.substr(p + 1, end - p - 2), c);
      p = end;
      return hit;
    }
  }
  return pattern[p++] == c;
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // pattern position behind the last '*'
  std::size_t star_text = 0;                  // where that '*' began to match
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      star_text = t;
      continue;
    }
    if (std::size_t next = p; p < pattern.size() && match_one(pattern, next, text[t])) {
      p = next;
      ++t;
      continue;
    }
    if (star == std::string_view::npos) return false;
    p = star;
    t = ++star_text;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool glob_match_any(std::span<const std::string> patterns, std::string_view text) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) { return glob_match(pattern, text); });
}

}  // namespace slipway
