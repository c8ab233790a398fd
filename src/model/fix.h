// model/fix.h - one change to one file, with a stable code and a reason.
//
// Contract   Codes are listed in model/fix_codes.h, each with a page in docs/fixes/; they are added,
//            never renamed. `before` and `after` are JSON texts; empty means the key is not there.
// Threads    value
#pragma once

#include <string>
#include <vector>

namespace slipway::model {

struct Fix {
  std::string code;    // "cache-off"
  std::string file;    // relative to the run
  std::string path;    // dotted key in the file: "text_config.use_cache"; "" for a whole file
  std::string before;  // compact JSON, "" when absent
  std::string after;   // compact JSON, "" when removed
  std::string reason;  // one sentence: what goes wrong without it

  bool operator==(const Fix&) const = default;
};

struct Warning {
  std::string code;
  std::string message;
  std::string detail{};  // lines to be shown below it, "" for none

  bool operator==(const Warning&) const = default;
};

}  // namespace slipway::model
