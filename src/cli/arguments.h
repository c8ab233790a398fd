// cli/arguments.h - a command line read against the flag table.
//
// Contract   `--flag value` and `--flag=value`; `--` ends flags; unknown verbs and flags suggest the nearest.
// Threads    value
// Errors     kInvalidArgument
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"
#include "slipway/result.h"

namespace slipway::cli {

class Arguments {
 public:
  const Command* command = nullptr;  // null: only global flags (--help, --version)
  std::vector<std::string> positionals{};
  bool wants_version = false;
  std::string help_topic{};  // "hub": the noun whose commands are to be listed

  bool has(std::string_view flag) const { return values_.contains(std::string(flag)); }
  std::string value(std::string_view flag, std::string_view fallback = "") const;  // the last one given
  std::vector<std::string> all(std::string_view flag) const;
  std::optional<std::string> maybe(std::string_view flag) const;
  Result<std::uint64_t> number(std::string_view flag, std::uint64_t fallback, std::uint64_t max) const;

 private:
  friend class ArgumentReader;
  std::map<std::string, std::vector<std::string>> values_{};
};

Result<Arguments> read_arguments(const std::vector<std::string>& words);

}  // namespace slipway::cli
