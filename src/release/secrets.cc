#include "release/secrets.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"

namespace slipway::release {
namespace {

constexpr std::size_t kSecretBytesMax = 512;
constexpr std::size_t kFindingsMax = 100;
constexpr std::size_t kLettersMin = 8;  // different ones, or it is a placeholder
constexpr std::size_t kAllowedDigitsMin = 8;

bool is_upper_or_digit(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_alphanumeric(char c) { return is_upper_or_digit(c) || (c >= 'a' && c <= 'z'); }
bool is_word(char c) { return is_alphanumeric(c) || c == '_' || c == '-'; }

struct Pattern {
  std::string_view kind;
  std::string_view prefix;
  bool (*letter)(char);
  std::size_t letters_min;
  std::size_t letters_max;
};
constexpr auto kPatterns = std::to_array<Pattern>({
    {"a Hugging Face token", "hf_", is_alphanumeric, 30, 64},
    {"an API key", "sk-", is_word, 32, 256},
    {"an AWS key id", "AKIA", is_upper_or_digit, 16, 16},
});
constexpr std::string_view kKeyBegin = "-----BEGIN ";
constexpr std::string_view kKeyEnd = "PRIVATE KEY-----";
constexpr std::size_t kKeyLineMax = 64;

bool is_varied(std::string_view text) {
  std::string letters(text);
  std::ranges::sort(letters);
  const auto repeated = std::ranges::unique(letters);
  return letters.size() - repeated.size() >= kLettersMin;
}

// How long the secret at the front of `text` is; 0: there is none.
std::size_t length_of(const Pattern& pattern, std::string_view text) {
  if (!text.starts_with(pattern.prefix)) return 0;
  std::size_t end = pattern.prefix.size();
  while (end < text.size() && pattern.letter(text[end])) ++end;
  const std::size_t letters = end - pattern.prefix.size();
  if (letters < pattern.letters_min || letters > pattern.letters_max) return 0;
  return is_varied(text.substr(pattern.prefix.size(), letters)) ? end : 0;
}

std::size_t key_length(std::string_view text) {
  if (!text.starts_with(kKeyBegin)) return 0;
  const std::string_view line = text.substr(0, std::min(kKeyLineMax, text.find('\n')));
  const std::size_t end = line.find(kKeyEnd);
  return end == std::string_view::npos ? 0 : end + kKeyEnd.size();
}

struct Match {
  std::string_view kind;
  std::size_t length;
};

std::optional<Match> match_at(std::string_view text, char before) {
  if (const std::size_t length = key_length(text)) return Match{"a private key", length};
  if (is_alphanumeric(before) || before == '_') return std::nullopt;
  for (const Pattern& pattern : kPatterns)
    if (const std::size_t length = length_of(pattern, text)) return Match{pattern.kind, length};
  return std::nullopt;
}

}  // namespace

// `settled`: how many bytes of the text may begin a match that is already whole.
void SecretScan::search(std::string_view text, std::size_t settled) {
  for (std::size_t at = 0; at < settled;) {
    const char first = text[at];
    std::size_t step = 1;
    if (first == 'h' || first == 's' || first == 'A' || first == '-') {
      const auto match = match_at(text.substr(at), before_);
      if (match && found_.size() < kFindingsMax)
        found_.push_back({match->kind, line_, sha256_hex(as_bytes(text.substr(at, match->length)))});
      if (match) step = std::min(match->length, settled - at);
    }
    line_ += static_cast<std::uint64_t>(first == '\n');
    before_ = text[at + step - 1];
    at += step;
  }
}

void SecretScan::feed(Bytes piece) {
  tail_.append(as_text(piece));
  if (tail_.size() <= kSecretBytesMax) return;
  const std::size_t settled = tail_.size() - kSecretBytesMax;
  search(tail_, settled);
  tail_.erase(0, settled);
}

const std::vector<FoundSecret>& SecretScan::finish() {
  search(tail_, tail_.size());
  tail_.clear();
  return found_;
}

bool may_hold_secrets(std::string_view path) {
  static constexpr auto kBinary = std::to_array<std::string_view>(
      {".safetensors", ".bin", ".pt",  ".pth",  ".gguf", ".onnx", ".model", ".spm", ".msgpack", ".h5",
       ".npz",         ".png", ".jpg", ".jpeg", ".gif",  ".webp", ".zip",   ".gz",  ".parquet", ".distcp"});
  return std::ranges::none_of(kBinary, [&](std::string_view end) { return path.ends_with(end); });
}

Result<void> refuse_secrets(std::string_view path, const std::vector<FoundSecret>& found,
                            const std::vector<std::string>& allowed) {
  for (const FoundSecret& secret : found) {
    const bool known = std::ranges::any_of(allowed, [&](const std::string& digits) {
      return digits.size() >= kAllowedDigitsMin && secret.sha256.starts_with(digits);
    });
    if (known) continue;
    return fail(
        ErrorCode::kRefused,
        fmt::format("{}:{} holds what looks like {}; take it out and revoke it, or, if it is none, say "
                    "--allow-secret {}",
                    path, secret.line, secret.kind, secret.sha256.substr(0, 16)));
  }
  return {};
}

}  // namespace slipway::release
