#include <algorithm>

#include "text/front_matter.h"

namespace slipway::text {
namespace {

constexpr std::string_view kFence = "---";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\n\v\f\r";

// The length of the line end that `text` begins with; a lone \r counts, as for the Hub.
std::size_t line_end_length(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  return text.starts_with('\n') || text.starts_with('\r') ? 1 : 0;
}

struct Closing {
  std::size_t block_end = 0;   // where the line end before the fence begins
  std::size_t body_begin = 0;  // after the fence's own line end
};

// The fence at `at`, after its line end: dashes, blanks, then a line end or the end.
std::optional<std::size_t> end_of_fence(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with(kFence)) return std::nullopt;
  const std::size_t after = std::min(text.find_first_not_of(" \t", at + kFence.size()), text.size());
  const std::string_view rest = text.substr(after);
  if (rest.empty()) return after;
  if (rest.starts_with("\r\n")) return after + 2;
  return rest.starts_with('\n') ? std::optional(after + 1) : std::nullopt;
}

std::optional<Closing> find_closing(std::string_view text, std::size_t from) {
  for (std::size_t at = from; (at = text.find_first_of("\r\n", at)) != std::string_view::npos; ++at) {
    // "\r\n" first; the "\n" of it is tried by the next turn.
    const std::size_t fence = at + line_end_length(text.substr(at));
    if (const auto body = end_of_fence(text, fence)) return Closing{.block_end = at, .body_begin = *body};
  }
  return std::nullopt;
}

std::string with_plain_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = line_end_length(text.substr(at));
    out += length == 0 ? text[at] : '\n';
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

// The text with every "\n" as `line_end`.
std::string with_line_ends(std::string_view text, std::string_view line_end) {
  if (line_end == "\n") return std::string(text);
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += line_end;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string_view line_end_of(std::string_view text) {
  std::size_t windows = 0;
  std::size_t all = 0;
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos; ++at) {
    ++all;
    windows += at > 0 && text[at - 1] == '\r' ? 1u : 0u;
  }
  return windows * 2 > all ? "\r\n" : "\n";
}

CardParts split_card(std::string_view card) {
  CardParts parts{.line_end = std::string(line_end_of(card))};
  const std::size_t mark = card.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  parts.before = card.substr(0, mark);
  parts.body = card.substr(mark);
  const std::size_t fence = card.find_first_not_of(kBlanks, mark);
  if (fence == std::string_view::npos || !card.substr(fence).starts_with(kFence)) return parts;
  const std::size_t after = fence + kFence.size();
  const std::size_t end = line_end_length(card.substr(after));
  if (end == 0) return parts;
  // An empty block under Windows line ends is seen only when its "\n" counts as the block's own.
  auto closing = find_closing(card, after + end);
  std::size_t begin = after + end;
  if (!closing && end == 2) closing = find_closing(card, --begin);
  if (!closing) return parts;
  parts.has_block = true;
  parts.before = card.substr(0, fence);
  parts.block = with_plain_line_ends(card.substr(begin, closing->block_end - begin));
  parts.body = card.substr(closing->body_begin);
  return parts;
}

std::string join_card(const CardParts& parts) {
  if (!parts.has_block) return parts.before + parts.body;
  return parts.before + with_line_ends("---\n" + parts.block + "\n---\n", parts.line_end) + parts.body;
}

}  // namespace slipway::text
