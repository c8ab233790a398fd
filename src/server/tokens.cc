#include <array>

#include <fmt/format.h>

#include "hub/wire/types.h"
#include "os/path.h"
#include "server/hub.h"

namespace slipway::server {
namespace {

constexpr std::size_t kTokenChars = 37;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string random_text(os::Dice& dice, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    std::array<std::byte, 64> bytes{};
    dice.fill(bytes);
    for (const std::byte b : bytes) {
      const auto value = std::to_integer<std::size_t>(b);
      // Values past the last whole multiple would make the first letters likelier.
      if (value < 256 / kAlphabet.size() * kAlphabet.size() && text.size() < size)
        text += kAlphabet[value % kAlphabet.size()];
    }
  }
  return text;
}

Result<std::unique_ptr<Store>> open_store(os::World& world, const os::Path& root) {
  SLIPWAY_TRY(os::make_dirs(world.files, root));
  return Store::open(os::join(root, "hub.sqlite"));
}

}  // namespace

Result<std::string> create_token(os::World& world, const os::Path& root, const TokenRequest& request) {
  if (request.role != "read" && request.role != "write" && request.role != "admin") {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a role is read, write or admin, not '{}'", request.role));
  }
  SLIPWAY_TRY(hub::wire::check_repo_name(request.user));
  for (const std::string& name : request.namespaces) SLIPWAY_TRY(hub::wire::check_repo_name(name));
  SLIPWAY_ASSIGN(const auto store, open_store(world, root));
  const std::string token = "hf_" + random_text(world.dice, kTokenChars);
  SLIPWAY_TRY(store->add_token({.id = random_text(world.dice, 8),
                                .hash = hash_token(token),
                                .user = request.user,
                                .role = request.role,
                                .namespaces = request.namespaces,
                                .created = iso_time(world.clock.unix_ms())}));
  return token;
}

Result<std::vector<TokenRow>> list_tokens(os::World& world, const os::Path& root) {
  SLIPWAY_ASSIGN(const auto store, open_store(world, root));
  SLIPWAY_ASSIGN(const auto tokens, store->tokens());
  std::vector<TokenRow> rows;
  for (const TokenData& token : tokens)
    rows.push_back({token.id, token.user, token.role, token.namespaces, token.created});
  return rows;
}

Result<void> revoke_token(os::World& world, const os::Path& root, std::string_view id) {
  SLIPWAY_ASSIGN(const auto store, open_store(world, root));
  SLIPWAY_ASSIGN(const bool gone, store->delete_token(id));
  if (gone) return {};
  return fail(ErrorCode::kNotFound,
              fmt::format("there is no token '{}'; `slipway hub token list` shows the ids", id));
}

}  // namespace slipway::server
