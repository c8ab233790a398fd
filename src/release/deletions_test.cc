// What a release deletes on the Hub, and what it leaves there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "release/release.h"

namespace slipway::release {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Plan plan_of(const std::vector<std::string>& paths) {
  Plan plan;
  for (const std::string& path : paths) plan.files.push_back({.path = path, .content = nullptr});
  return plan;
}

std::vector<std::string> deleted_by(const std::vector<std::string>& held,
                                    const std::vector<std::string>& there) {
  std::vector<hub::RemoteFile> remote;
  for (const std::string& path : there) remote.push_back({.path = path});
  return remote_deletions(plan_of(held), remote, std::nullopt).paths;
}

std::string digits(char digit, std::size_t count) { return std::string(count, digit); }

TEST(Deletions, AWholeNewSetOfWeightsTakesTheOldOnesAway) {
  const std::vector<std::string> there{"model.safetensors", "pytorch_model.bin", "sub/model.safetensors"};
  for (const std::vector<std::string>& held : {
           std::vector<std::string>{"model-00001-of-00001.safetensors", "model.safetensors.index.json"},
           {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
            "model.safetensors.index.json"},
       })
    EXPECT_THAT(deleted_by(held, there), ElementsAre("model.safetensors", "pytorch_model.bin"));
  EXPECT_THAT(deleted_by({"pytorch_model-00001-of-00001.bin", "pytorch_model.bin.index.json"}, there),
              ElementsAre("model.safetensors", "pytorch_model.bin"));
}

// Loaders take an adapter before the model beside it.
TEST(Deletions, AnAdapterLeavesAModelAloneAndAModelTakesAnAdaptersPlace) {
  const std::vector<std::string> there{"adapter_config.json", "adapter_model.bin", "model.safetensors"};
  EXPECT_THAT(deleted_by({"adapter_config.json", "adapter_model.safetensors"}, there),
              ElementsAre("adapter_model.bin"));
  EXPECT_THAT(deleted_by({"config.json", "model.safetensors"}, there),
              ElementsAre("adapter_config.json", "adapter_model.bin"));
}

TEST(Deletions, AnIndexOrSomeOfItsShardsTakeNothingAway) {
  const std::vector<std::string> there{"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                                       "model.safetensors.index.json"};
  for (const std::vector<std::string>& held : {
           std::vector<std::string>{"model.safetensors.index.json"},
           {"pytorch_model.bin.index.json"},
           {"model-00001-of-00002.safetensors"},
           {"model-00001-of-00002.safetensors", "model.safetensors.index.json"},
           {"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
            "model-00004-of-00003.safetensors", "model.safetensors.index.json"},
           {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"},
           {"config.json"},
       })
    EXPECT_THAT(deleted_by(held, there), IsEmpty()) << held.front();
}

TEST(Deletions, AManagedFileGoesOnlyWhileItIsWhatWeLeft) {
  const std::string sha = digits('a', 64);
  const std::string git = digits('b', 40);
  const std::vector<hub::RemoteFile> remote{
      {.path = "large", .git_oid = digits('0', 40), .sha256 = sha},
      {.path = "large-changed", .git_oid = git, .sha256 = digits('c', 64)},
      {.path = "regular", .git_oid = git},
      {.path = "regular-changed", .git_oid = digits('c', 40)},
      {.path = "regular-untold", .git_oid = git},
      {.path = "theirs", .git_oid = git},
  };
  Manifest manifest;
  for (const hub::RemoteFile& file : remote) manifest.files[file.path] = {sha, git};
  manifest.files.erase("theirs");
  manifest.files["regular-untold"].git_blob_sha1 = "";
  const Deletions deletions = remote_deletions(plan_of({"config.json"}), remote, manifest);
  EXPECT_THAT(deletions.paths, ElementsAre("large", "regular"));
  ASSERT_EQ(deletions.warnings.size(), 2u);
  EXPECT_THAT(deletions.warnings[0].message, HasSubstr("large-changed, regular-changed on the Hub"));
  EXPECT_THAT(deletions.warnings[1].message, HasSubstr("put regular-untold on the Hub"));
}

TEST(Manifest, ReadsWhatItPrintsAndWhatEarlierVersionsPrinted) {
  Manifest manifest{.plan = "p", .commit = "c"};
  manifest.files["a"] = {digits('a', 64), digits('b', 40)};
  manifest.files["large"] = {digits('d', 64), ""};
  const auto back = parse_manifest(print_manifest(manifest));
  ASSERT_TRUE(back) << describe(back.error());
  EXPECT_EQ(back->files.at("a").sha256, digits('a', 64));
  EXPECT_EQ(back->files.at("a").git_blob_sha1, digits('b', 40));
  EXPECT_EQ(back->files.at("large").git_blob_sha1, "");
  const auto old = parse_manifest(R"({"version": 1, "files": {"a": ")" + digits('a', 64) + R"("}})");
  ASSERT_TRUE(old) << describe(old.error());
  EXPECT_EQ(old->files.at("a").sha256, digits('a', 64));
  EXPECT_EQ(old->files.at("a").git_blob_sha1, "");
}

TEST(Manifest, WhatIsNoDigestIsDamage) {
  const std::string good = R"({"version": 1, "files": {"a": ")" + digits('a', 64) + "\"}";
  for (const std::string& git : {R"({"a": "b"})" + std::string(), R"({"../a": ")" + digits('b', 40) + "\"}",
                                 R"({"a": ")" + digits('g', 40) + "\"}"})
    EXPECT_EQ(parse_manifest(good + R"(, "git": )" + git + "}").error().code, ErrorCode::kCorruptData) << git;
  const auto other = parse_manifest(good + R"(, "git": {"b": ")" + digits('b', 40) + "\"}}");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->files.contains("b"));
}

}  // namespace
}  // namespace slipway::release
