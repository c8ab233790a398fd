// flow/dequantise.h - --dequantise: from here on the run's weights are the floats that its 4-bit codes stand
// for.
//
// Contract   Changes the facts, nothing on disk: `weights.source` becomes the dequantised one, and
//            `dequantised` says what was there. Without the flag nothing happens, and with --merge it is the
//            base that is dequantised (merge_base.h).
// Errors     transform/dequant/dequantised.h; kInvalidArgument for an adapter, and where there are no weights
// Threads    one thread
#pragma once

#include "flow/publish.h"

namespace slipway::flow {

Result<void> dequantise_where_asked(const PublishOptions& options, run::RunFacts& run);

}  // namespace slipway::flow
