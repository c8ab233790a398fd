#include "jinja/find.h"

#include <cstring>

#include <algorithm>
#include <string>

namespace slipway::jinja {
namespace {

constexpr std::size_t kShort = 16;  // a needle that cannot make the plain search slow

}  // namespace

std::size_t find_text_in(std::string_view text, std::string_view needle, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  if (needle.size() <= kShort) return text.find(needle, from);
  const void* found = memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::size_t find_last_in(std::string_view text, std::string_view needle) {
  if (needle.size() <= kShort) return text.rfind(needle);
  const std::string backwards(text.rbegin(), text.rend());
  const std::size_t found = find_text_in(backwards, std::string(needle.rbegin(), needle.rend()));
  return found == std::string_view::npos ? found : text.size() - found - needle.size();
}

}  // namespace slipway::jinja
