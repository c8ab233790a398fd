#include "base/secret_setting.h"

#include <algorithm>
#include <array>

namespace slipway {
namespace {

// Settings that speak of tokens of a text, not of one that opens a door.
constexpr auto kOfTexts = std::to_array<std::string_view>(
    {"eos_token", "pad_token", "bos_token", "unk_token", "stop_token", "max_new_tokens", "min_new_tokens",
     "max_tokens", "min_tokens", "eos_token_id", "pad_token_id", "bos_token_id", "label_pad_token_id",
     "include_num_input_tokens_seen", "include_tokens_per_second", "average_tokens_across_devices",
     "num_input_tokens_seen"});

constexpr auto kSecretWords =
    std::to_array<std::string_view>({"token", "secret", "password", "passwd", "api_key", "apikey",
                                     "access_key", "private_key", "credential"});

}  // namespace

bool is_secret_setting(std::string_view key) {
  if (std::ranges::find(kOfTexts, key) != kOfTexts.end()) return false;
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::ranges::any_of(
      kSecretWords, [&](std::string_view word) { return !std::ranges::search(key, word, same).empty(); });
}

}  // namespace slipway
