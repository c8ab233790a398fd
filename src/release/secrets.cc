#include "release/secrets.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::release {
namespace {

constexpr std::size_t kSecretBytesMax = 512;
constexpr std::size_t kSecretsMax = 100;  // different ones, of one file
constexpr std::size_t kLettersMin = 8;    // different ones, or it is a placeholder
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
constexpr auto kKeyTypes = std::to_array<std::string_view>({"PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"});
constexpr std::string_view kRule = "-----";  // in no token: a key may begin there
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
  text = text.substr(0, end + pattern.letters_max + 1 + kRule.size());  // what is longer is none
  while (end < text.size() && pattern.letter(text[end]) && !text.substr(end).starts_with(kRule)) ++end;
  const std::size_t letters = end - pattern.prefix.size();
  if (letters < pattern.letters_min || letters > pattern.letters_max) return 0;
  return is_varied(text.substr(pattern.prefix.size(), letters)) ? end : 0;
}

// How long the line is that begins a private key at the front of `text`; 0: none begins.
std::size_t key_line(std::string_view text) {
  if (!text.starts_with(kKeyBegin)) return 0;
  const std::string_view near = text.substr(0, kKeyLineMax);
  const std::string_view line = near.substr(0, near.find('\n'));
  for (const std::string_view type : kKeyTypes) {
    const std::size_t at = line.find(type);
    if (at != std::string_view::npos) return at + type.size();
  }
  return 0;
}

struct Match {
  std::string_view kind;
  std::size_t length;
};

std::optional<Match> token_at(std::string_view text, char before) {
  if (is_alphanumeric(before) || before == '_') return std::nullopt;
  for (const Pattern& pattern : kPatterns)
    if (const std::size_t length = length_of(pattern, text)) return Match{pattern.kind, length};
  return std::nullopt;
}

}  // namespace

void SecretScan::note(FoundSecret secret) {
  const auto known = std::ranges::find(found_.secrets, secret.sha256, &FoundSecret::sha256);
  if (known != found_.secrets.end()) {
    ++known->times;
  } else if (found_.secrets.size() < kSecretsMax) {
    found_.secrets.push_back(std::move(secret));
  } else {
    found_.more = true;
  }
}

void SecretScan::close_key(std::string_view text, std::size_t end) {
  key_->sha256.update(as_bytes(text.substr(key_->hashed, end - key_->hashed)));
  note({.kind = "a private key", .line = key_->line, .sha256 = key_->sha256.finish_hex()});
  key_.reset();
}

// What begins at `at`, if anything; how many bytes it took.
std::size_t SecretScan::take_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (key_ && rest.starts_with(key_->end)) {
    const std::size_t length = key_->end.size();
    close_key(text, at + length);
    return length;
  }
  if (const std::size_t length = key_line(rest)) {
    if (key_) close_key(text, at);
    const std::string_view type = rest.substr(kKeyBegin.size(), length - kKeyBegin.size());
    key_.emplace(OpenKey{.line = line_, .end = fmt::format("-----END {}", type), .hashed = at});
    return length;
  }
  const auto token = token_at(rest, before_);
  if (!token) return 1;
  note({.kind = token->kind, .line = line_, .sha256 = sha256_hex(as_bytes(rest.substr(0, token->length)))});
  return token->length;
}

// `settled`: how many bytes of the text may begin a match that is already whole. How many are done with.
std::size_t SecretScan::search(std::string_view text, std::size_t settled) {
  std::size_t at = 0;
  while (at < settled && !found_.more) {
    const char first = text[at];
    const bool marked = first == 'h' || first == 's' || first == 'A' || first == '-';
    const std::size_t step = marked ? take_at(text, at) : 1;
    line_ += static_cast<std::uint64_t>(first == '\n');
    before_ = text[at + step - 1];
    at += step;
  }
  at = std::max(at, settled);
  if (key_) {
    key_->sha256.update(as_bytes(text.substr(key_->hashed, at - key_->hashed)));
    key_->hashed = 0;
  }
  return at;
}

void SecretScan::feed(Bytes piece) {
  tail_.append(as_text(piece));
  if (tail_.size() <= kSecretBytesMax) return;
  tail_.erase(0, search(tail_, tail_.size() - kSecretBytesMax));
}

FoundSecrets SecretScan::finish() {
  search(tail_, tail_.size());
  tail_.clear();
  if (key_) close_key({}, 0);
  std::ranges::stable_sort(found_.secrets, {}, &FoundSecret::line);
  return std::move(found_);
}

bool may_hold_secrets(std::string_view path) {
  static constexpr auto kBinary = std::to_array<std::string_view>(
      {".safetensors", ".bin", ".pt",  ".pth",  ".gguf", ".onnx", ".model", ".spm", ".msgpack", ".h5",
       ".npz",         ".png", ".jpg", ".jpeg", ".gif",  ".webp", ".zip",   ".gz",  ".parquet", ".distcp"});
  return std::ranges::none_of(kBinary, [&](std::string_view end) { return path.ends_with(end); });
}

Result<void> refuse_secrets(std::string_view path, const FoundSecrets& found,
                            const std::vector<std::string>& allowed) {
  for (const FoundSecret& secret : found.secrets) {
    const bool known = std::ranges::any_of(allowed, [&](const std::string& digits) {
      return digits.size() >= kAllowedDigitsMin && secret.sha256.starts_with(digits);
    });
    if (known) continue;
    const std::string times = secret.times > 1 ? fmt::format(", {} times", secret.times) : "";
    return fail(ErrorCode::kRefused,
                fmt::format("{}:{} holds what looks like {}{}; take it out and revoke it, or, if it is none, "
                            "say --allow-secret {}",
                            path, secret.line, secret.kind, times, secret.sha256.substr(0, 16)));
  }
  if (!found.more) return {};
  return fail(ErrorCode::kRefused,
              fmt::format("{} holds more than {} different texts that look like secrets; take them out, or "
                          "leave the file out with --exclude {}",
                          path, kSecretsMax, path));
}

}  // namespace slipway::release
