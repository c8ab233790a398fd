// text/yaml_scalar.h - one string as a YAML scalar in block context, in PyYAML's choice of style.
//
// Contract   Plain where it reads back as this string, else single-quoted, else double-quoted; lines
//            are never folded. Bytes that are no UTF-8 become U+FFFD.
// Threads    value
// Source     PyYAML emitter.py: analyze_scalar, choose_scalar_style, the writers of quoted text
#pragma once

#include <string>
#include <string_view>

namespace slipway::yaml {

// `indent`: where the lines after the first of a multi-line text begin.
std::string scalar_text(std::string_view text, int indent);

// May stand before a colon on one line: not empty, no line break, less than `length_max` characters.
bool is_simple_key(std::string_view text, std::size_t length_max);

}  // namespace slipway::yaml
