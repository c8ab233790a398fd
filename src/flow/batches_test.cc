#include "flow/batches.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <list>

namespace slipway::flow {
namespace {

// Files that live as long as the test.
class Files {
 public:
  const release::PlannedFile* make(std::uint64_t size) {
    all_.push_back({.path = fmt::format("file-{}", all_.size()), .content = {}, .size = size});
    return &all_.back();
  }

 private:
  std::list<release::PlannedFile> all_{};
};

TEST(Batches, AreOneWhenEverythingFits) {
  Files files;
  Batch all{.large = {files.make(9)}, .deleted = {"old"}};
  for (int i = 0; i < 997; ++i) all.regular.push_back(files.make(100'000));
  const auto batches = cut_into_batches(all, {});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].entries(), 999u);  // and the manifest
}

TEST(Batches, HoldEverythingOnceWithinBothLimits) {
  Files files;
  Batch all;
  for (int i = 0; i < 25; ++i) all.regular.push_back(files.make(i == 3 ? 500 : 30));
  for (int i = 0; i < 12; ++i) all.large.push_back(files.make(1u << 30));
  for (int i = 0; i < 7; ++i) all.deleted.push_back(fmt::format("old-{}", i));
  const CommitLimits limits{.entries_max = 11, .inline_bytes_max = 100};
  Batch joined;
  for (const Batch& batch : cut_into_batches(all, limits)) {
    EXPECT_GT(batch.entries(), 0u);
    EXPECT_LT(batch.entries(), limits.entries_max);
    std::uint64_t bytes = 0;
    for (const auto* file : batch.regular) bytes += file->size;
    EXPECT_TRUE(bytes <= limits.inline_bytes_max || batch.regular.size() == 1) << bytes;
    joined.regular.insert(joined.regular.end(), batch.regular.begin(), batch.regular.end());
    joined.large.insert(joined.large.end(), batch.large.begin(), batch.large.end());
    joined.deleted.insert(joined.deleted.end(), batch.deleted.begin(), batch.deleted.end());
  }
  EXPECT_EQ(joined.regular, all.regular);
  EXPECT_EQ(joined.large, all.large);
  EXPECT_EQ(joined.deleted, all.deleted);
}

TEST(Batches, DeleteNothingBeforeEverythingNewIsThere) {
  Files files;
  Batch all{.deleted = {"old"}};
  for (int i = 0; i < 9; ++i) all.large.push_back(files.make(1));
  const auto batches = cut_into_batches(all, {.entries_max = 5});
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_TRUE(batches[0].deleted.empty() && batches[1].deleted.empty());
  EXPECT_EQ(batches[2].deleted, all.deleted);
}

TEST(Batches, OfNothingAreOneEmpty) { EXPECT_EQ(cut_into_batches({}, {}).size(), 1u); }

}  // namespace
}  // namespace slipway::flow
