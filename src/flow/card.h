// flow/card.h - writes or checks the model card of a run, and nothing else of it.
//
// Contract   The card is the one that publish would write with the same options; README.md is the only
//            file of the run that changes, and undo takes it back. A second call changes nothing. Not
//            one request is sent. A check writes nothing at all.
// Limits     card 1 MiB
// Threads    one thread
// Errors     kNotFound (no such folder; for a check no README.md), kRefused (nothing to publish; an
//            interrupted publish; a folder that cannot be written), as release::make_plan
#pragma once

#include <vector>

#include "card/card.h"
#include "flow/publish.h"

namespace slipway::flow {

struct CardResult {
  bool changed = false;
  std::vector<model::Fix> fixes{};  // of README.md
  std::vector<model::Warning> warnings{};
};

Result<CardResult> renew_card(os::World& world, hub::Client& client, const PublishOptions& options);

// The Hub's rules, as card::validate_card.
Result<std::vector<card::Finding>> check_card(os::World& world, const os::Path& folder);

}  // namespace slipway::flow
