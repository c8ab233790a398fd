// hub/secret.h - a token that nothing can print, and where it was found.
//
// Contract   No operator<<, no formatter, no implicit conversion; reveal() is called by the one place
//            that writes the Authorization header, and where a server's words are searched for it.
// Source     huggingface_hub, get_token and its constants: the same variables in the same order
// Threads    value
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "os/world.h"
#include "slipway/result.h"

namespace slipway::hub {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value, std::string source = "")
      : value_(std::move(value)), source_(std::move(source)) {}
  bool empty() const { return value_.empty(); }
  const std::string& reveal() const { return value_; }
  const std::string& source() const { return source_; }  // "HF_TOKEN", "/home/me/.cache/huggingface/token"

 private:
  std::string value_;
  std::string source_;
};

// --token-file, HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file of `hf auth login` (HF_TOKEN_PATH, else `token`
// in HF_HOME, else in XDG_CACHE_HOME/huggingface, else in ~/.cache/huggingface); none is an empty one.
// Line ends within a value are dropped, blanks around it too; what is empty then counts as not set.
// HF_HUB_DISABLE_IMPLICIT_TOKEN leaves only --token-file. `tell` hears of a login that has expired.
Result<Secret> find_token(os::World& world, std::string_view token_file,
                          const std::function<void(std::string_view)>& tell = {});
// --endpoint, else the CI Hub with HUGGINGFACE_CO_STAGING, else HF_ENDPOINT, else huggingface.co.
std::string find_endpoint(const os::World& world, std::string_view flag);

}  // namespace slipway::hub
