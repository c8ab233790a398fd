#include "base/repaired_utf8.h"

#include <algorithm>

#include "base/encoding.h"

namespace slipway {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// How long the well-formed character at the start of `text` is; 0 when there is none.
std::size_t character_bytes(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

}  // namespace

std::string repaired_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string repaired;
  while (!text.empty()) {
    const std::size_t length = character_bytes(text);
    repaired += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  return repaired;
}

}  // namespace slipway
