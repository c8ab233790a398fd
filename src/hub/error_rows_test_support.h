// hub/error_rows_test_support.h - answers of a Hub and what they come to, from tests/golden/hub.
//
// Threads    one thread
#pragma once

#include <string>
#include <vector>

#include "slipway/http.h"
#include "slipway/json.h"

namespace slipway::hub::testing_support {

struct ScriptedAnswer {
  int status = 0;
  os::Headers headers{};
  std::string body{};
  std::size_t repeat = 1;  // of the body
};
struct ErrorRow {
  std::string call{};
  bool with_token = true;
  std::vector<ScriptedAnswer> answers{};  // one a request; the last one stays
  std::string stock{};
  bool observed = false;
  std::string outcome{};  // "ok", "absent", "there already", or an error's kind
  std::vector<std::string> says{};
  std::size_t requests = 1;
  std::string note{};
};
std::vector<ErrorRow> error_rows();
std::string error_page();  // docs/wire/errors.md

}  // namespace slipway::hub::testing_support
