// jinja/unicode.h - UTF-8 text by code points, and what Python knows of them.
//
// Contract   A lone surrogate, which an escape in a template can write, is kept in its three-byte form; a
//            byte that is no UTF-8 counts as a code point of its own.
// Source     unicode_data.h
// Threads    value
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jinja/unicode_data.h"

namespace slipway::jinja {

using Point = std::uint32_t;

std::uint16_t flags_of(Point point);
inline bool has(Point point, std::uint16_t flags) { return (flags_of(point) & flags) != 0; }
bool is_space(Point point);
bool is_word(Point point);   // \w of Python's regular expressions
bool is_cased(Point point);  // lower, upper or title

// The code point at byte `at`, which moves behind it.
Point next_point(std::string_view text, std::size_t& at);
Point last_point(std::string_view text, std::size_t& end);  // the one before byte `end`, which moves to it
void append_point(std::string& out, Point point);
std::size_t count_points(std::string_view text);
std::size_t byte_of(std::string_view text, std::size_t point);  // where the point-th code point begins
bool holds_surrogate(std::string_view text);

std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
inline std::string_view strip(std::string_view text) { return strip_left(strip_right(text)); }

std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);
std::string to_title(std::string_view text);
std::string to_capital(std::string_view text);
std::string swap_case(std::string_view text);
std::string fold_case(std::string_view text);

}  // namespace slipway::jinja
