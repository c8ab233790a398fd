// flow/release_options.h - what the release is to be, from the caller's flags, the target and the run's past.
//
// Contract   The weights are not decided here (weight_wish.h). publish and card take the same, so that
//            both write the same card.
// Threads    value
#pragma once

#include "flow/provenance.h"
#include "flow/publish.h"

namespace slipway::flow {

// `repo`: "owner/name", "" when not pushing.
release::Options release_options(const PublishOptions& options, const std::string& repo,
                                 const Provenance& from);

}  // namespace slipway::flow
