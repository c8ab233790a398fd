// model/base_check.h - whether a base's small files can be read at all, before anything is taken from them.
//
// Errors     kCorruptData naming the file
// Threads    value
#pragma once

#include "model/metadata.h"
#include "slipway/result.h"

namespace slipway::model {

Result<void> check_base(const Metadata& files);

}  // namespace slipway::model
