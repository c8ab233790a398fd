// cli/flags.h - the one table of commands and flags: parser, --help, docs/cli.md are made from it.
//
// Contract   Names are added later, never renamed. A test refuses two commands or two flags of one name.
// Threads    value
#pragma once

#include <span>
#include <string_view>

namespace slipway::cli {

struct Flag {
  std::string_view name;        // without the dashes
  std::string_view value = "";  // what follows it, e.g. "DIR"; "" for a switch
  std::string_view help = "";   // one sentence
  bool repeatable = false;
  std::string_view also = "";  // another spelling, without the dashes
};

struct Example {
  std::string_view command;
  std::string_view does;
};

struct Command {
  std::string_view name;       // "publish", "hub serve"
  std::string_view arguments;  // "RUN", "[RUN]", "DIR OWNER/NAME"
  std::string_view summary;    // one sentence
  std::string_view details;    // a paragraph; "" for none
  std::span<const Flag> flags;
  std::span<const Example> examples;
  std::size_t positionals_min = 0;
  std::size_t positionals_max = 0;
};

std::span<const Command> commands();
std::span<const Flag> global_flags();
const Command* find_command(std::string_view name);

}  // namespace slipway::cli
