// flow/finite_scan.h - counts NaN and infinity in a weight file while its bytes pass by.
//
// Contract   Fed a file's bytes in order, in any pieces; knows from the header where its tensors lie.
// Limits     memory: one element
// Threads    one thread each
#pragma once

#include <array>
#include <string>
#include <vector>

#include "release/release.h"
#include "run/run.h"

namespace slipway::flow {

class FiniteScan {
 public:
  FiniteScan(const run::RunFacts& run, const release::PlannedFile& file);

  void feed(std::uint64_t offset, Bytes bytes);
  const std::vector<std::string>& bad() const { return bad_; }  // "name (1 NaN, 2 infinite)"

 private:
  void count(const tensor::TensorInfo& info, Bytes bytes);
  void finish(const tensor::TensorInfo& info);

  std::vector<const tensor::TensorInfo*> tensors_{};  // floats only, by offset
  std::size_t at_ = 0;
  std::array<std::byte, 8> carry_{};
  std::size_t carried_ = 0;
  std::uint64_t nan_ = 0;
  std::uint64_t inf_ = 0;
  std::vector<std::string> bad_{};
};

// kCorruptData naming a tensor with values that were finite until the plan's cast; of what was read so far.
Result<void> refuse_overflow(const release::Plan& plan);

// kCorruptData naming the tensors, as exit code 5 shows them.
std::unexpected<Error> refuse_non_finite(std::vector<std::string> bad);

}  // namespace slipway::flow
