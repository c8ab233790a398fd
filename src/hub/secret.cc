#include "hub/secret.h"

#include <algorithm>

#include <fmt/format.h>

#include "os/path.h"

namespace slipway::hub {
namespace {

constexpr std::uint64_t kTokenBytesMax = 4096;
constexpr std::string_view kDefaultEndpoint = "https://huggingface.co";

std::string stripped(std::string text) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  text.erase(text.begin(), std::ranges::find_if_not(text, blank));
  return text;
}

bool is_true(const os::World& world, std::string_view name) {
  std::string text = world.environment.get(name).value_or("");
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text == "1" || text == "ON" || text == "YES" || text == "TRUE";
}

// Where `hf auth login` leaves the token.
os::Path login_file(const os::World& world) {
  if (const auto path = world.environment.get("HF_TOKEN_PATH")) return *path;
  if (const auto home = world.environment.get("HF_HOME")) return os::join(*home, "token");
  const std::string home = world.environment.get("HOME").value_or("");
  const auto cache = world.environment.get("XDG_CACHE_HOME");
  return os::join(cache.value_or(os::join(home, ".cache")), "huggingface/token");
}

Result<Secret> read_secret(os::World& world, const os::Path& path) {
  SLIPWAY_ASSIGN(std::string text, os::read_file(world.files, path, kTokenBytesMax));
  return Secret(stripped(std::move(text)));
}

}  // namespace

Result<Secret> find_token(os::World& world, std::string_view token_file) {
  if (!token_file.empty()) {
    auto secret = read_secret(world, std::string(token_file));
    if (!secret) return std::unexpected(within("read --token-file", std::move(secret).error()));
    if (secret->empty()) return fail(ErrorCode::kUnauthorized, fmt::format("{} holds no token", token_file));
    return secret;
  }
  if (is_true(world, "HF_HUB_DISABLE_IMPLICIT_TOKEN")) return Secret();
  for (const std::string_view name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    if (auto value = world.environment.get(name)) return Secret(stripped(std::move(*value)));
  }
  auto secret = read_secret(world, login_file(world));
  if (!secret && secret.error().code == ErrorCode::kNotFound) return Secret();
  return secret;
}

std::string find_endpoint(const os::World& world, std::string_view flag) {
  std::string endpoint = !flag.empty()
                             ? std::string(flag)
                             : world.environment.get("HF_ENDPOINT").value_or(std::string(kDefaultEndpoint));
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

}  // namespace slipway::hub
