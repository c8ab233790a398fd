#include "flow/hub_limits.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace slipway::flow {
namespace {

release::PlannedFile file(std::string path, std::uint64_t size) {
  release::PlannedFile made;
  made.path = std::move(path);
  made.size = size;
  return made;
}

TEST(HubLimits, AFileThatNoUploadBringsThereIsRefusedByName) {
  EXPECT_TRUE(check_hub_limits({file("model.safetensors", 500'000'000'000)}));
  const auto refused = check_hub_limits({file("a", 1), file("model.safetensors", 500'000'000'001)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
  EXPECT_NE(describe(refused.error()).find("model.safetensors"), std::string::npos);
}

TEST(HubLimits, WhatIsAdvisedAgainstIsTold) {
  EXPECT_TRUE(check_hub_limits({file("a", 200'000'000'000)})->empty());
  EXPECT_EQ(check_hub_limits({file("a", 200'000'000'001)})->size(), 1u);
  std::vector<release::PlannedFile> many;
  for (int i = 0; i < 10'001; ++i) many.push_back(file(fmt::format("d/{}", i), 1));
  const auto advice = check_hub_limits(many);
  ASSERT_EQ(advice->size(), 1u);
  EXPECT_NE(advice->front().find("d holds 10001 files"), std::string::npos) << advice->front();
}

}  // namespace
}  // namespace slipway::flow
