// base/encoding.h - hex, base64, percent-encoding and UTF-8, checked.
//
// Threads    value
// Errors     a decoder returns nullopt for input that is not exactly its format
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "slipway/bytes.h"

namespace slipway {

std::string hex_encode(Bytes bytes);
bool is_hex(std::string_view text);  // lower-case digits only; empty is not hex
std::string base64_encode(Bytes bytes);
std::optional<std::string> base64_decode(std::string_view text);                // standard alphabet, padded
std::string percent_encode(std::string_view text, std::string_view keep = "");  // RFC 3986 unreserved stay
std::optional<std::string> percent_decode(std::string_view text);
bool is_utf8(std::string_view text);
void append_utf8(std::string& out, std::uint32_t code_point);
// The text, or as much of its beginning as fits with "..." behind it: whole characters only.
std::string clipped(std::string_view text, std::size_t bytes_max);

}  // namespace slipway
