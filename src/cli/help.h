// cli/help.h - help texts and docs/cli.md, docs/errors.md, docs/fixes/*.md from the tables.
//
// Threads    value
#pragma once

#include <map>
#include <string>

#include "cli/arguments.h"

namespace slipway::cli {

std::string help_for(const Arguments& arguments);  // of a command, a noun, or everything
std::string cli_page();                            // docs/cli.md
std::string man_page();                            // docs/slipway.1
std::string errors_page();                         // docs/errors.md
std::map<std::string, std::string> fix_pages();    // file name -> text, README.md included

}  // namespace slipway::cli
