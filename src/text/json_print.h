// text/json_print.h - the pieces of printing that edits need too.
//
// Threads    value
#pragma once

#include <string>
#include <string_view>

#include "slipway/json.h"

namespace slipway::json {

std::string quote(std::string_view text, bool ascii);
// `value` as it stands when its own line is indented by `outer`; `indent` is one step, `eol` a line end.
struct Layout {
  std::string indent = "  ";  // "" prints on one line
  std::string eol = "\n";
  std::string comma = ",";  // between the members of one line
  std::string colon = ": ";
  bool ascii = true;
};
void print_to(std::string& out, const Value& value, const Layout& layout, const std::string& outer);

}  // namespace slipway::json
