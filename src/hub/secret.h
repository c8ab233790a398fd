// hub/secret.h - a token that nothing can print.
//
// Contract   No operator<<, no formatter, no implicit conversion; reveal() is called by the one place
//            that writes the Authorization header.
// Threads    value
#pragma once

#include <string>
#include <utility>

#include "os/world.h"
#include "slipway/result.h"

namespace slipway::hub {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  bool empty() const { return value_.empty(); }
  const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

// --token-file, HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file of `hf auth login`; none is an empty one.
// HF_HUB_DISABLE_IMPLICIT_TOKEN leaves only --token-file.
Result<Secret> find_token(os::World& world, std::string_view token_file);
std::string find_endpoint(const os::World& world, std::string_view flag);  // --endpoint, HF_ENDPOINT, default

}  // namespace slipway::hub
