#include "hub/secret.h"

#include <algorithm>

#include <fmt/format.h>

#include "os/path.h"
#include "slipway/json.h"

namespace slipway::hub {
namespace {

constexpr std::uint64_t kTokenBytesMax = 4096;
constexpr std::uint64_t kStoredBytesMax = 1u << 20;
constexpr std::string_view kDefaultEndpoint = "https://huggingface.co";
constexpr std::string_view kStagingEndpoint = "https://hub-ci.huggingface.co";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\v' || c == '\f'; }

std::string stripped(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  while (!text.empty() && is_blank(text.back())) text.pop_back();
  text.erase(text.begin(), std::ranges::find_if_not(text, is_blank));
  return text;
}

bool is_true(const os::World& world, std::string_view name) {
  std::string text = world.environment.get(name).value_or("");
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text == "1" || text == "ON" || text == "YES" || text == "TRUE";
}

// A leading `~`, then $NAME and ${NAME} of variables that are set, as Python's expanduser and expandvars.
std::string expanded(const os::World& world, const std::string& path) {
  std::string from = path;
  if (from == "~" || from.starts_with("~/")) from.replace(0, 1, world.environment.get("HOME").value_or("~"));
  std::string text;
  for (std::size_t at = 0; at < from.size();) {
    const bool braced = from.compare(at, 2, "${") == 0;
    const std::size_t begin = at + (braced ? 2 : 1);
    std::size_t end = begin;
    const auto in_name = [](char c) {
      return c == '_' || (std::isalnum(static_cast<unsigned char>(c)) != 0);
    };
    while (from[at] == '$' && end < from.size() && (braced ? from[end] != '}' : in_name(from[end]))) ++end;
    const bool named = from[at] == '$' && end > begin && (!braced || end < from.size());
    const auto value = named ? world.environment.get(from.substr(begin, end - begin)) : std::nullopt;
    const std::size_t next = value ? end + (braced ? 1 : 0) : at + 1;
    text += value ? *value : from.substr(at, 1);
    at = next;
  }
  return text;
}

os::Path hf_home(const os::World& world) {
  if (const auto home = world.environment.get("HF_HOME")) return expanded(world, *home);
  const auto cache = world.environment.get("XDG_CACHE_HOME");
  const std::string base = cache ? *cache : os::join(world.environment.get("HOME").value_or(""), ".cache");
  return expanded(world, os::join(base, "huggingface"));
}

// Where `hf auth login` leaves the token.
os::Path login_file(const os::World& world) {
  if (const auto path = world.environment.get("HF_TOKEN_PATH")) return expanded(world, *path);
  return os::join(hf_home(world), "token");
}

Result<Secret> read_secret(os::World& world, const os::Path& path) {
  SLIPWAY_ASSIGN(std::string text, os::read_file(world.files, path, kTokenBytesMax));
  return Secret(stripped(std::move(text)), path);
}

// "key = value" of one line of the file of stored tokens.
std::optional<std::string> value_of(std::string_view line, std::string_view key) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || stripped(std::string(line.substr(0, equals))) != key)
    return std::nullopt;
  return stripped(std::string(line.substr(equals + 1)));
}

// When the login that gave `secret` ends, as `stored_tokens` beside it says; nullopt when it does not.
std::optional<std::int64_t> login_ends(std::string_view stored, const Secret& secret) {
  bool ours = false;
  std::optional<std::int64_t> ends;
  while (!stored.empty()) {
    const std::size_t end = stored.find('\n');
    const std::string_view line = stored.substr(0, end);
    stored.remove_prefix(end == std::string_view::npos ? stored.size() : end + 1);
    if (line.starts_with('[')) {
      if (ours) break;
      ends.reset();
    }
    if (value_of(line, "hf_token") == secret.reveal()) ours = true;
    if (const auto seconds = value_of(line, "expires_at")) {
      const auto number = json::parse(*seconds);
      ends = number ? number->as_int() : std::nullopt;
    }
  }
  return ours ? ends : std::nullopt;
}

void warn_of_end(os::World& world, const Secret& secret, const std::function<void(std::string_view)>& tell) {
  if (!tell || secret.empty()) return;
  const auto stored =
      os::read_file(world.files, os::join(os::parent(secret.source()), "stored_tokens"), kStoredBytesMax);
  if (!stored) return;
  const auto ends = login_ends(*stored, secret);
  if (ends && *ends <= world.clock.unix_ms() / 1000)
    tell(fmt::format("the login in {} has expired; run `hf auth login` again", secret.source()));
}

}  // namespace

Result<Secret> find_token(os::World& world, std::string_view token_file,
                          const std::function<void(std::string_view)>& tell) {
  if (!token_file.empty()) {
    auto secret = read_secret(world, std::string(token_file));
    if (!secret) return std::unexpected(within("read --token-file", std::move(secret).error()));
    if (secret->empty()) return fail(ErrorCode::kUnauthorized, fmt::format("{} holds no token", token_file));
    return secret;
  }
  if (is_true(world, "HF_HUB_DISABLE_IMPLICIT_TOKEN")) return Secret();
  for (const std::string_view name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    const auto value = world.environment.get(name);
    if (!value) continue;
    Secret secret(stripped(*value), std::string(name));
    if (!secret.empty()) return secret;
    break;  // of blanks alone: the older name is not asked, the login's file is
  }
  auto secret = read_secret(world, login_file(world));
  if (!secret && secret.error().code == ErrorCode::kNotFound) return Secret();
  if (secret) warn_of_end(world, *secret, tell);
  return secret;
}

std::string find_endpoint(const os::World& world, std::string_view flag) {
  std::string endpoint(flag);
  if (endpoint.empty() && is_true(world, "HUGGINGFACE_CO_STAGING")) endpoint = kStagingEndpoint;
  if (endpoint.empty())
    endpoint = world.environment.get("HF_ENDPOINT").value_or(std::string(kDefaultEndpoint));
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

}  // namespace slipway::hub
