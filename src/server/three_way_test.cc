#include "server/three_way.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// {"a", "1"}: the file a with content 1.
Files files(std::initializer_list<std::pair<std::string, std::string>> rows) {
  Files made;
  for (const auto& [path, content] : rows) made[path] = {.size = content.size(), .oid = content};
  return made;
}

TEST(ThreeWay, EachSidesChangesAreTaken) {
  const Files base = files(
      {{"both", "1"}, {"gone here", "1"}, {"gone there", "1"}, {"here", "1"}, {"same", "1"}, {"there", "1"}});
  const Files ours = files(
      {{"both", "2"}, {"gone there", "1"}, {"here", "2"}, {"new here", "1"}, {"same", "1"}, {"there", "1"}});
  const Files theirs = files(
      {{"both", "2"}, {"gone here", "1"}, {"here", "1"}, {"new there", "1"}, {"same", "1"}, {"there", "2"}});
  const ThreeWay merged = merge_files(base, ours, theirs);
  EXPECT_THAT(merged.conflicts, IsEmpty());
  EXPECT_EQ(merged.files, files({{"both", "2"},
                                 {"here", "2"},
                                 {"new here", "1"},
                                 {"new there", "1"},
                                 {"same", "1"},
                                 {"there", "2"}}));
}

TEST(ThreeWay, WhatBothChangedDifferentlyIsAConflict) {
  const Files base = files({{"changed", "1"}, {"removed here", "1"}, {"removed there", "1"}});
  const Files ours = files({{"added", "1"}, {"changed", "2"}, {"removed there", "2"}});
  const Files theirs = files({{"added", "2"}, {"changed", "3"}, {"removed here", "2"}});
  EXPECT_THAT(merge_files(base, ours, theirs).conflicts,
              ElementsAre("added", "changed", "removed here", "removed there"));
}

TEST(ThreeWay, AFileThatTheOtherSideMadeAFolderIsAConflict) {
  EXPECT_THAT(merge_files({}, files({{"a", "1"}}), files({{"a/b", "1"}})).conflicts, ElementsAre("a"));
}

}  // namespace
}  // namespace slipway::server
