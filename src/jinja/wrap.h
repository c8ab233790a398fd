// jinja/wrap.h - Python's textwrap.wrap, as wordwrap uses it.
//
// Source     CPython 3.11, textwrap.py, without tabs and blanks replaced
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jinja/machine.h"

namespace slipway::jinja {

struct Wrap {
  std::int64_t width = 79;
  bool break_words = true;
  bool break_hyphens = true;
};
Result<std::vector<std::string>> wrapped_lines(Machine& machine, std::string_view text, const Wrap& wrap);

}  // namespace slipway::jinja
