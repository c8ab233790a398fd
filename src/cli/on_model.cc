// A model that a command looks at: a folder, or a repository.
#include <fmt/format.h>

#include "cli/session.h"

namespace slipway::cli {

Result<void> on_model(Session& session, WorkOnModel work) {
  SLIPWAY_ASSIGN(flow::PublishOptions options, publish_options(session));
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  if (!hub::is_remote_address(options.run)) return work(session, client, options, nullptr);
  if (session.offline) {
    return fail(
        ErrorCode::kOffline,
        fmt::format("HF_HUB_OFFLINE is set: {} cannot be read; unset it, or give a folder", options.run));
  }
  SLIPWAY_ASSIGN(const auto remote, hub::RemoteFolder::open(client, options.run));
  options.run = remote->root();
  options.to = remote->address().repo.full();
  options.push = false;
  return work(session, client, options, remote.get());
}

}  // namespace slipway::cli
