// flow/replans.h - what every push does the same way: again when the branch moved, and telling what it did.
//
// Threads    one thread
// Errors     as flow/ship.h
#pragma once

#include <functional>

#include "flow/publish.h"
#include "flow/ship.h"

namespace slipway::flow {

// Calls `once`; with `replan` again, up to five times in all, while it ends in kConflict. What an attempt
// told `result` before the branch moved is taken back.
Result<void> push_with_replans(bool replan, Observer& observer, PublishResult& result,
                               const std::function<Result<void>()>& once);

// Ships, and tells `result` what came of it.
Result<void> ship_and_tell(os::World& world, hub::Client& client, const Shipment& shipment,
                           const RemoteState& remote, Observer& observer, PublishResult& result);

}  // namespace slipway::flow
