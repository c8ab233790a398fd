// server/hub.h - what the routes share: store, blobs, and who may do what.
//
// Threads    share freely
#pragma once

#include <optional>
#include <string>

#include "os/world.h"
#include "server/blob_store.h"
#include "server/exchange.h"
#include "server/hub_server.h"
#include "server/limits.h"
#include "server/part_store.h"
#include "server/store.h"

namespace slipway::server {

inline constexpr std::string_view kSystemUser = "system";

struct Account {
  std::string name{};
  std::string role{};  // read, write, admin
  std::string token_id{};
  std::vector<std::string> namespaces{};
  bool anonymous = true;
};

// Something of a repository that the caller may see.
struct Place {
  RepoRow repo{};
  CommitRow commit{};
};

class Hub {
 public:
  Hub(os::World& with_world, ServerOptions with_options, std::unique_ptr<Store> with_store,
      std::string with_secret)
      : world(with_world),
        options(std::move(with_options)),
        blobs(world, options.root),
        parts(world, options.root),
        store(std::move(with_store)),
        secret(std::move(with_secret)) {}

  os::World& world;
  ServerOptions options;
  BlobStore blobs;
  PartStore parts;
  std::unique_ptr<Store> store;
  std::string secret;

  // Each refuses by itself and gives nothing when it did. readable_repo() sends whoever uses a repository's
  // former name to its new one.
  std::optional<Account> identify(Exchange& exchange);
  std::optional<RepoRow> readable_repo(Exchange& exchange, const Account& account, const std::string& owner,
                                       const std::string& name);
  bool may_write(Exchange& exchange, const Account& account, const std::string& owner);
  // The files of a gated repository are for those who may write to it.
  bool may_read_files(Exchange& exchange, const Account& account, const RepoRow& repo);
  // Whether a commit of this account to `repo` may name a large object: the repository has it already, the
  // account may read it in another one, or has sent its bytes.
  Result<bool> may_use_object(const Account& account, const RepoRow& repo, const std::string& oid);
  // Pull requests and discussions are open to everyone whose token may write anything.
  bool may_propose(Exchange& exchange, const Account& account);
  std::optional<Place> readable_place(Exchange& exchange, const RepoRow& repo, const std::string& revision);

  bool sent_to_new_name(Exchange& exchange, const Account& account, const std::string& owner,
                        const std::string& name);

  std::string now() const;  // ISO 8601 with milliseconds
  std::int64_t now_seconds() const { return world.clock.unix_ms() / 1000; }
};

// Sends the refusal of a failed call; true when there was one.
template <class T>
bool refused(Exchange& exchange, const Result<T>& result) {
  if (result) return false;
  exchange.refuse(result.error());
  return true;
}

bool writes(const Account& account, const std::string& owner);
std::string iso_time(std::int64_t unix_ms);
std::string hash_token(std::string_view token);

}  // namespace slipway::server
