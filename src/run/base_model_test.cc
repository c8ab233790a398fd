#include "run/base_model.h"

#include <gtest/gtest.h>

#include <map>

#include <fmt/format.h>
#include "os/mem_file_system.h"

namespace slipway::run {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

class TestEnvironment final : public os::Environment {
 public:
  explicit TestEnvironment(Variables values) : values_(std::move(values)) {}
  std::optional<std::string> get(std::string_view name) const override {
    const auto at = values_.find(name);
    return at == values_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  Variables values_;
};

constexpr const char* kRepository = "/cache/models--me--tiny";

// A Hub cache with one repository, laid out as huggingface_hub does: links into blobs.
struct Cache {
  Cache() {
    fs.put(fmt::format("{}/blobs/e1", kRepository), R"({"model_type":"llama"})");
    fs.put(fmt::format("{}/blobs/e2", kRepository), "---\nlicense: mit\n---\n");
    add_snapshot("abc");
    fs.put(fmt::format("{}/refs/main", kRepository), "abc");
  }
  void add_snapshot(const std::string& commit) {
    const std::string snapshot = fmt::format("{}/snapshots/{}", kRepository, commit);
    fs.put_dir(snapshot);
    fs.put_symlink("../../blobs/e1", snapshot + "/config.json");
    fs.put_symlink("../../blobs/e2", snapshot + "/README.md");
  }
  std::optional<BaseModel> find(const std::vector<std::string>& names) {
    return find_base(fs, TestEnvironment(Variables{{"HF_HUB_CACHE", "/cache"}}), names).value();
  }
  os::MemFileSystem fs;
};

TEST(FindBase, ReadsTheHubCachesMainSnapshot) {
  Cache cache;
  cache.add_snapshot("older");
  const auto base = cache.find({"me/tiny"});
  ASSERT_TRUE(base);
  EXPECT_EQ(base->id, "me/tiny");
  EXPECT_EQ(base->revision, "abc");
  EXPECT_EQ(*base->metadata.find("config.json"), R"({"model_type":"llama"})");
  EXPECT_EQ(base->readme, "---\nlicense: mit\n---\n");
}

TEST(FindBase, TakesTheOnlySnapshotWhenNoRefNamesOne) {
  Cache cache;
  ASSERT_TRUE(cache.fs.remove(fmt::format("{}/refs/main", kRepository)));
  EXPECT_EQ(cache.find({"me/tiny"})->revision, "abc");
  cache.add_snapshot("other");
  EXPECT_FALSE(cache.find({"me/tiny"}));
}

TEST(FindBase, NeverFollowsARefOutOfTheCache) {
  Cache cache;
  cache.fs.put("/elsewhere/config.json", "{}");
  cache.add_snapshot("other");
  cache.fs.put(fmt::format("{}/refs/main", kRepository), "../../../elsewhere");
  EXPECT_FALSE(cache.find({"me/tiny"}));
}

TEST(FindBase, PrefersTheFirstNameThatHasAConfig) {
  Cache cache;
  cache.fs.put_dir("/empty");
  cache.fs.put("/base/config.json", "{}");
  const auto base = cache.find({"", "/nowhere", "/empty", "no/such", "/base", "me/tiny"});
  ASSERT_TRUE(base);
  EXPECT_EQ(base->origin, "/base");
  EXPECT_EQ(base->id, "");
}

TEST(FindBase, GivesASnapshotFolderItsPublicId) {
  Cache cache;
  const auto base = cache.find({fmt::format("{}/snapshots/abc", kRepository)});
  ASSERT_TRUE(base);
  EXPECT_EQ(base->id, "me/tiny");
  EXPECT_EQ(base->revision, "abc");
}

TEST(FindBase, ReadsAFolderBeforeAnIdOfTheSameName) {
  Cache cache;
  cache.fs.put("/me/tiny/config.json", R"({"local":true})");  // the working directory is "/"
  EXPECT_EQ(cache.find({"me/tiny"})->origin, "me/tiny");
}

TEST(HubCache, FollowsTheEnvironmentInHuggingfacesOrder) {
  const auto cache = [](Variables values) { return hub_cache(TestEnvironment(std::move(values))); };
  EXPECT_EQ(cache({{"HF_HUB_CACHE", "/a"}, {"HF_HOME", "/b"}, {"HOME", "/h"}}), "/a");
  EXPECT_EQ(cache({{"HF_HOME", "~/hf"}, {"HOME", "/h"}}), "/h/hf/hub");
  EXPECT_EQ(cache({{"XDG_CACHE_HOME", "/x"}, {"HOME", "/h"}}), "/x/huggingface/hub");
  EXPECT_EQ(cache({{"HOME", "/h"}}), "/h/.cache/huggingface/hub");
  EXPECT_EQ(cache({}), "");
}

TEST(HubId, FollowsTheHubsNameRules) {
  for (const char* good : {"gpt2", "me/tiny", "me/a.b-c_d", "Org-1/Model-7B-v0.1", "_a/b_"})
    EXPECT_TRUE(is_hub_id(good)) << good;
  for (const char* bad :
       {"", "/", "me/", "/tiny", "./out", "../out", "a/b/c", "me/a--b", "me/a..b", "me/tiny.git", "-a/b",
        "a/b-", "a b/c", "me/.tiny", "hf://me/tiny", "me/\xC3\xA9"}) {
    EXPECT_FALSE(is_hub_id(bad)) << bad;
  }
  EXPECT_TRUE(is_hub_id("me/" + std::string(96, 'a')));
  EXPECT_FALSE(is_hub_id("me/" + std::string(97, 'a')));
}

TEST(HubId, IsReadFromCachePaths) {
  EXPECT_EQ(id_of_cache_path("/root/.cache/huggingface/hub/models--me--tiny/snapshots/abc"), "me/tiny");
  EXPECT_EQ(id_of_cache_path("/c/models--gpt2/snapshots/abc/config.json"), "gpt2");
  for (const char* other : {"", "/data/out", "/c/models--me--tiny", "/c/models--me--tiny/blobs/abc",
                            "/c/datasets--me--tiny/snapshots/abc", "/c/models--/snapshots/abc"}) {
    EXPECT_EQ(id_of_cache_path(other), "") << other;
  }
}

}  // namespace
}  // namespace slipway::run
