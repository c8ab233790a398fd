// flow/restack.h - the experts of a run's weights as --experts wants them.
//
// Contract   Changes the facts, nothing on disk: `weights.source` becomes one that gives the experts in the
//            other form, and `restacked` says so; nothing where they have that form already.
// Errors     kInvalidArgument (an adapter, no experts), kUnsupported naming the model's type or its
//            quantisation, kCorruptData naming a tensor
// Threads    one thread
#pragma once

#include "flow/publish.h"

namespace slipway::flow {

Result<void> restack_where_asked(const PublishOptions& options, run::RunFacts& run);

}  // namespace slipway::flow
