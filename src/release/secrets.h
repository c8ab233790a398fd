// release/secrets.h - finds what looks like a secret in the text files of a release, while their bytes pass
// by.
//
// Contract   Tokens of the Hub (hf_...) and of AI services (sk-...), AWS key ids (AKIA...), private keys. Fed
//            in order and in any pieces; a placeholder of few letters (hf_xxxx...) is none. The secret itself
//            is never kept: kind, line and SHA-256 are. A private key is all from its BEGIN to the END of the
//            same type; without one, to the next BEGIN or the end of the file: however long, two keys of one
//            type never have the same digest.
// Limits     memory: 512 bytes beside the piece; 100 different secrets a file, and `more` says of others
// Threads    one thread each
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "slipway/bytes.h"
#include "slipway/result.h"

namespace slipway::release {

struct FoundSecret {
  std::string_view kind{};  // "a Hugging Face token"
  std::uint64_t line = 0;   // 1-based, of the first
  std::string sha256{};     // of the secret's text
  std::uint64_t times = 1;  // how often it stands in the file
};

struct FoundSecrets {
  std::vector<FoundSecret> secrets{};  // each once, by line
  bool more = false;                   // there are others, which nobody counted
};

class SecretScan {
 public:
  void feed(Bytes piece);
  FoundSecrets finish();  // the object is spent afterwards

 private:
  struct OpenKey {
    std::uint64_t line;
    std::string end;     // "-----END RSA PRIVATE KEY-----"
    std::size_t hashed;  // of the text that is searched, up to here
    Sha256 sha256{};
  };

  std::size_t search(std::string_view text, std::size_t settled);
  std::size_t take_at(std::string_view text, std::size_t at);
  void close_key(std::string_view text, std::size_t end);
  void note(FoundSecret secret);

  std::string tail_{};
  char before_ = '\n';  // the byte in front of tail_
  std::uint64_t line_ = 1;
  std::optional<OpenKey> key_{};
  FoundSecrets found_{};
};

// Files that people read and tools write as text; weights and other binaries are not looked through.
bool may_hold_secrets(std::string_view path);

// kRefused naming the first secret that is not in `allowed` (SHA-256, or at least its first 8 digits), or the
// file when it holds more of them than are counted.
Result<void> refuse_secrets(std::string_view path, const FoundSecrets& found,
                            const std::vector<std::string>& allowed);

}  // namespace slipway::release
