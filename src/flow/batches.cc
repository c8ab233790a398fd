#include "flow/batches.h"

#include <utility>

namespace slipway::flow {
namespace {

constexpr std::size_t kManifestEntries = 1;

class Cut {
 public:
  explicit Cut(const CommitLimits& limits)
      : entries_max_(limits.entries_max - kManifestEntries), limits_(limits) {}

  Batch& room_for(std::uint64_t inline_bytes) {
    Batch& last = batches_.back();
    const bool full =
        last.entries() >= entries_max_ || inline_bytes_ + inline_bytes > limits_.inline_bytes_max;
    if (full && last.entries() > 0) {
      batches_.emplace_back();
      inline_bytes_ = 0;
    }
    inline_bytes_ += inline_bytes;
    return batches_.back();
  }

  std::vector<Batch> finish() { return std::move(batches_); }

 private:
  std::size_t entries_max_;
  const CommitLimits& limits_;
  std::vector<Batch> batches_{1};
  std::uint64_t inline_bytes_ = 0;
};

}  // namespace

std::vector<Batch> cut_into_batches(const Batch& all, const CommitLimits& limits) {
  Cut cut(limits);
  for (const release::PlannedFile* file : all.large) cut.room_for(0).large.push_back(file);
  for (const release::PlannedFile* file : all.regular) cut.room_for(file->size).regular.push_back(file);
  for (const std::string& path : all.deleted) cut.room_for(0).deleted.push_back(path);
  return cut.finish();
}

}  // namespace slipway::flow
