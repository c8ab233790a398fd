#include "base/secret_setting.h"

#include <gtest/gtest.h>

namespace slipway {
namespace {

TEST(SecretSetting, IsNoneThatSpeaksOfTokensOfAText) {
  for (const char* key : {"hub_token", "push_to_hub_token", "HF_TOKEN", "client_secret", "db_password",
                          "wandb_api_key", "tokens", "aws_access_key_id", "PRIVATE_KEY", "passwd"})
    EXPECT_TRUE(is_secret_setting(key)) << key;
  for (const char* key :
       {"eos_token", "include_num_input_tokens_seen", "max_new_tokens", "output_dir", "seed"})
    EXPECT_FALSE(is_secret_setting(key)) << key;
}

}  // namespace
}  // namespace slipway
