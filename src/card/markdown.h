// card/markdown.h - the little Markdown that a card needs: headings found, texts made safe to put in.
//
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/lines.h"

namespace slipway::card {

struct Heading {
  int level = 0;
  std::string title{};
};
// Headings outside code blocks, in order: # to ######, and underlined ones.
std::vector<Heading> headings_of(std::string_view text);

using text::lines_of;
std::string_view trimmed(std::string_view line);

// At most `max` bytes, whole characters of UTF-8.
std::string_view first_bytes(std::string_view text, std::size_t max);
inline constexpr std::size_t kShownBytesMax = 200;  // of a text that others chose, in a line of a card

std::string escaped_text(std::string_view text);    // reads as `text` in a paragraph or heading
std::string unescaped_text(std::string_view text);  // the way back
std::string code_span(std::string_view text);       // `text`, with backticks enough; \n for a line break
std::string python_string(std::string_view text);   // "text"
std::string link(std::string_view id,
                 std::string_view folder = "");             // [id](https://huggingface.co/folder/id)
std::string listed(const std::vector<std::string>& items);  // "a, b and c"

}  // namespace slipway::card
