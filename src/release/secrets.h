// release/secrets.h - finds what looks like a secret in the text files of a release, while their bytes pass
// by.
//
// Contract   Tokens of the Hub (hf_...) and of AI services (sk-...), AWS key ids (AKIA...), private keys. Fed
//            in order and in any pieces; a placeholder of few letters (hf_xxxx...) is none. The secret itself
//            is never kept: kind, line and SHA-256 are.
// Limits     memory: 512 bytes beside the piece; 100 findings a file
// Threads    one thread each
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/bytes.h"
#include "slipway/result.h"

namespace slipway::release {

struct FoundSecret {
  std::string_view kind{};  // "a Hugging Face token"
  std::uint64_t line = 0;   // 1-based
  std::string sha256{};     // of the secret's text
};

class SecretScan {
 public:
  void feed(Bytes piece);
  const std::vector<FoundSecret>& finish();

 private:
  void search(std::string_view text, std::size_t settled);

  std::string tail_{};
  char before_ = '\n';  // the byte in front of tail_
  std::uint64_t line_ = 1;
  std::vector<FoundSecret> found_{};
};

// Files that people read and tools write as text; weights and other binaries are not looked through.
bool may_hold_secrets(std::string_view path);

// kRefused naming the first secret that is not in `allowed` (SHA-256, or at least its first 8 digits).
Result<void> refuse_secrets(std::string_view path, const std::vector<FoundSecret>& found,
                            const std::vector<std::string>& allowed);

}  // namespace slipway::release
