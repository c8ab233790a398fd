#include "flow/replans.h"

namespace slipway::flow {
namespace {

constexpr int kReplansMax = 5;

}  // namespace

Result<void> push_with_replans(bool replan, Observer& observer, PublishResult& result,
                               const std::function<Result<void>()>& once) {
  const PublishResult planned = result;
  for (int attempt = 1;; ++attempt) {
    auto done = once();
    const bool moved = !done && done.error().code == ErrorCode::kConflict;
    if (!moved || !replan || attempt >= kReplansMax) return done;
    observer.event("the branch moved: planning again on its new head");
    result = planned;
  }
}

Result<void> ship_and_tell(os::World& world, hub::Client& client, const Shipment& shipment,
                           const RemoteState& remote, Observer& observer, PublishResult& result) {
  SLIPWAY_ASSIGN(const Shipped shipped, ship(world, client, shipment, remote, observer));
  result.pushed = true;
  result.changed = shipped.changed;
  result.commit = shipped.commit;
  result.url = shipped.url;
  result.pull_request = shipped.pull_request;
  result.made_private = !remote.repo_exists && shipment.make_private.value_or(true);
  result.bytes.sent = shipped.sent_bytes;
  result.bytes.already_there = shipped.already_there_bytes;
  return {};
}

}  // namespace slipway::flow
