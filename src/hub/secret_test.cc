#include "hub/secret.h"

#include <gtest/gtest.h>

#include "os/test_world.h"

namespace slipway::hub {
namespace {

class SecretTest : public ::testing::Test {
 protected:
  void set(const std::string& name, const std::string& value) { parts_.environment.values[name] = value; }
  Secret found(std::string_view file = "") { return find_token(world_, file, tell_).value(); }

  os::TestWorld parts_;
  os::World world_ = parts_.world();
  std::vector<std::string> told_;
  std::function<void(std::string_view)> tell_ = [this](std::string_view text) { told_.emplace_back(text); };
};

TEST_F(SecretTest, IsFoundInTheOrderThatStockToolsUseAndKnowsWhere) {
  EXPECT_TRUE(found().empty());
  parts_.disk.put("/home/.cache/huggingface/token", "from-login\n");
  set("HOME", "/home");
  EXPECT_EQ(found().reveal(), "from-login");
  EXPECT_EQ(found().source(), "/home/.cache/huggingface/token");
  parts_.disk.put("/cache/huggingface/token", "from-cache");
  set("XDG_CACHE_HOME", "/cache");
  EXPECT_EQ(found().reveal(), "from-cache");
  parts_.disk.put("/hf/token", "from-hf-home");
  set("HF_HOME", "/hf");
  EXPECT_EQ(found().reveal(), "from-hf-home");
  parts_.disk.put("/elsewhere", " from-path ");
  set("HF_TOKEN_PATH", "/elsewhere");
  EXPECT_EQ(found().reveal(), "from-path");
  set("HUGGING_FACE_HUB_TOKEN", "legacy");
  EXPECT_EQ(found().reveal(), "legacy");
  EXPECT_EQ(found().source(), "HUGGING_FACE_HUB_TOKEN");
  set("HF_TOKEN", "wins");
  EXPECT_EQ(found().reveal(), "wins");
  EXPECT_EQ(found().source(), "HF_TOKEN");
  set("HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes");
  EXPECT_TRUE(found().empty());
  EXPECT_EQ(found("/elsewhere").reveal(), "from-path");
  EXPECT_EQ(find_token(world_, "/absent").error().code, ErrorCode::kNotFound);
}

TEST_F(SecretTest, BlanksAndLineEndsAreNoPartOfIt) {
  set("HF_TOKEN", " hf_a\r\nbc\n ");
  EXPECT_EQ(found().reveal(), "hf_abc");
  parts_.disk.put("/hf/token", "from-file");
  set("HF_HOME", "/hf");
  set("HF_TOKEN", " \r\n");
  set("HUGGING_FACE_HUB_TOKEN", "legacy");
  EXPECT_EQ(found().reveal(),
            "from-file");  // as huggingface_hub: `HF_TOKEN or HUGGING_FACE_HUB_TOKEN`, then cleaned
  set("HF_TOKEN", "");
  EXPECT_EQ(found().reveal(), "legacy");
}

TEST_F(SecretTest, PathsAreExpandedAsPythonDoes) {
  parts_.disk.put("/home/t/token", "tilde");
  set("HOME", "/home");
  set("HF_TOKEN_PATH", "~/t/token");
  EXPECT_EQ(found().reveal(), "tilde");
  set("WHERE", "home/t");
  for (const char* path : {"/$WHERE/token", "/${WHERE}/token"}) {
    set("HF_TOKEN_PATH", path);
    EXPECT_EQ(found().reveal(), "tilde") << path;
  }
  for (const char* path : {"/$UNSET/token", "/${WHERE/token", "/$", "$"}) {
    set("HF_TOKEN_PATH", path);
    EXPECT_TRUE(found().empty()) << path;
  }
}

TEST_F(SecretTest, ALoginThatHasExpiredIsTold) {
  set("HF_HOME", "/hf");
  parts_.disk.put("/hf/token", "hf_oauth");
  const auto stored = [&](const std::string& expires) {
    parts_.disk.put("/hf/stored_tokens",
                    "[other]\nhf_token = hf_other\nexpires_at = 1\n\n[oauth]\n"
                    "hf_token = hf_oauth\nrefresh_token = r\n" +
                        expires);
  };
  stored("");
  EXPECT_EQ(found().reveal(), "hf_oauth");
  stored("expires_at = 99999999999\n");
  (void)found();
  EXPECT_TRUE(told_.empty());
  stored("expires_at = 1\n");
  EXPECT_EQ(found().reveal(), "hf_oauth");
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_NE(told_[0].find("hf auth login"), std::string::npos);
  EXPECT_EQ(told_[0].find("hf_oauth"), std::string::npos);
}

TEST_F(SecretTest, TheEndpointIsTheFlagThenStagingThenTheVariable) {
  EXPECT_EQ(find_endpoint(world_, ""), "https://huggingface.co");
  set("HF_ENDPOINT", "http://mine:1/");
  EXPECT_EQ(find_endpoint(world_, ""), "http://mine:1");
  set("HUGGINGFACE_CO_STAGING", "1");
  EXPECT_EQ(find_endpoint(world_, ""), "https://hub-ci.huggingface.co");
  EXPECT_EQ(find_endpoint(world_, "http://flag//"), "http://flag");
}

}  // namespace
}  // namespace slipway::hub
