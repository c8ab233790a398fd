// tensor/zero/zero_files.h - the files of a DeepSpeed checkpoint, by their names.
//
// Contract   Names only. `latest` names the folder of the step; its text is untrusted and must be a plain
//            name. Ranks are counted as numbers and complete.
// Errors     kNotFound (no such checkpoint), kCorruptData (a rank is missing, names of two kinds),
//            kUnsupported naming what is not put together: tensor parallelism, experts, pipelines
// Threads    value
// Source     deepspeed/runtime/engine.py, deepspeed zero_to_fp32.py
#pragma once

#include <string>
#include <vector>

#include "slipway/file_system.h"

namespace slipway::tensor {

struct ZeroFiles {
  std::string folder{};              // of the step, relative to the one that was opened; "" for that itself
  std::vector<std::string> model{};  // relative; one, or in stage 3 one a rank
  std::vector<std::string> optim{};  // relative, one a rank; none in stage 0
  bool partitioned = false;          // the model's files are per rank: stage 3
};

Result<ZeroFiles> find_zero_files(os::FileSystem& fs, const os::Path& folder);
// The same of the names in a step's folder.
Result<ZeroFiles> sort_zero_files(const std::vector<std::string>& names);

}  // namespace slipway::tensor
