// base/error_table.h - one row for each error code: its name, exit code and meaning.
//
// Contract   The only place that knows exit codes; docs/errors.md is made from it.
// Threads    value
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "slipway/result.h"

namespace slipway {

struct ErrorRow {
  ErrorCode code;
  std::string_view kind;     // snake_case, as --json shows it
  int exit_code;             // of the command line
  std::string_view meaning;  // one sentence, for docs/errors.md
  std::string_view way_out;  // what the user can do, for docs/errors.md
};

std::span<const ErrorRow> error_rows();
const ErrorRow& error_row(ErrorCode code);
inline int exit_code(ErrorCode code) { return error_row(code).exit_code; }

}  // namespace slipway
