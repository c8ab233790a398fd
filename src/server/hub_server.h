// server/hub_server.h - the embedded Hub: one process, one folder.
//
// Contract   handle() answers stock clients as the real Hub would, refusals included. Metadata (SQLite)
//            is consistent after any crash; bytes live in a content-addressed store beside it.
// Limits     docs/wire/hub.md
// Threads    share freely
// Errors     open(): kIo, kCorruptData, kUnsupported (a store written by a newer version)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "os/world.h"
#include "slipway/http.h"
#include "slipway/result.h"

namespace slipway::server {

struct ServerOptions {
  os::Path root{};
  bool no_limits = false;
  std::uint64_t multipart_from = 5'000'000'000;  // objects of that size are sent in parts, if the client can
  std::uint64_t multipart_part = 256u << 20;     // at least 1
  std::int64_t upload_seconds = 6 * 3600;        // how long an upload address holds
};

class HubServer : public os::HttpHandler {
 public:
  static Result<std::unique_ptr<HubServer>> open(os::World& world, const ServerOptions& options);
};

struct TokenRequest {
  std::string user{};
  std::string role = "read";  // read, write, admin
  std::vector<std::string> namespaces{};
};
struct TokenRow {
  std::string id{};
  std::string user{};
  std::string role{};
  std::vector<std::string> namespaces{};
  std::string created{};
};
// Work beside a running server. The token itself is returned once and stored hashed.
Result<std::string> create_token(os::World& world, const os::Path& root, const TokenRequest& request);
Result<std::vector<TokenRow>> list_tokens(os::World& world, const os::Path& root);
Result<void> revoke_token(os::World& world, const os::Path& root, std::string_view id);

}  // namespace slipway::server
