// text/yaml_number.h - the number patterns of YAML 1.1, as PyYAML's resolver has them.
//
// Contract   looks_* is true exactly where the resolver's pattern matches; *_value is nothing where
//            the pattern matches and Python's constructor refuses ("0x_").
// Threads    value
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::yaml {

struct IntValue {
  std::int64_t value = 0;
  bool overflow = false;  // does not fit; `value` is 0
};

bool looks_int(std::string_view text);
bool looks_float(std::string_view text);
std::optional<IntValue> int_value(std::string_view text);
std::optional<double> float_value(std::string_view text);

}  // namespace slipway::yaml
