// run/borrow.h - config and tokenizer of a checkpoint that has none: from the run it lies in, or from its
// base.
//
// Contract   A group is taken whole or not at all: the configs where there is no config.json, the tokenizer's
//            files where there is none of them, the card's text from the run only. Files that are there stay.
//            What is taken stands among the metadata, where it is read, and in `borrowed` with its bytes.
// Limits     64 MiB a file; a larger one is left
// Errors     kIo
// Threads    value
#pragma once

#include "run/base_model.h"
#include "run/run.h"

namespace slipway::run {

// `folder` is the run around a checkpoint; links out of it are not followed.
Result<void> borrow_from_run(os::FileSystem& fs, const os::Path& folder, RunFacts& facts);
Result<void> borrow_from_base(os::FileSystem& fs, const BaseModel& base, RunFacts& facts);

}  // namespace slipway::run
