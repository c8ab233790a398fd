#include "transform/merge/adapter_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slipway::transform {
namespace {

using ::testing::HasSubstr;

Result<AdapterConfig> read(std::string_view text) {
  return AdapterConfig::parse(json::parse(text, {.allow_nan = true}).value());
}

TEST(AdapterConfig, RefusesWhatPeftNeverWritesNamingFileAndField) {
  const std::pair<const char*, const char*> cases[] = {
      {"r", R"({"r": 0})"},
      {"r", R"({"r": -8})"},
      {"r", R"({"r": 8.5})"},
      {"r", R"({"r": "8"})"},
      {"r", R"({"r": true})"},
      {"r", R"({"r": 1048577})"},
      {"r", R"({"r": 18446744073709551616})"},
      {"r", R"({"r": [8]})"},
      {"lora_alpha", R"({"lora_alpha": NaN})"},
      {"lora_alpha", R"({"lora_alpha": Infinity})"},
      {"lora_alpha", R"({"lora_alpha": 1e308})"},
      {"lora_alpha", R"({"lora_alpha": 0})"},
      {"lora_alpha", R"({"lora_alpha": {}})"},
      {"use_rslora", R"({"use_rslora": "yes"})"},
      {"fan_in_fan_out", R"({"fan_in_fan_out": 1})"},
      {"use_dora", R"({"use_dora": "false"})"},
      {"rank_pattern", R"({"rank_pattern": [4]})"},
      {"rank_pattern", R"({"rank_pattern": {"q_proj": 0}})"},
      {"rank_pattern", R"({"rank_pattern": {"q_proj": "4"}})"},
      {"rank_pattern", R"({"rank_pattern": {"(": 4}})"},
      {"rank_pattern", R"({"rank_pattern": {"[a": 4}})"},
      {"rank_pattern", R"({"rank_pattern": {"(?=a)b": 4}})"},
      {"rank_pattern", R"({"rank_pattern": {"(a{999}){999}": 4}})"},
      {"rank_pattern", R"({"rank_pattern": {"a{99999999999999999999}": 4}})"},
      {"alpha_pattern", R"({"alpha_pattern": {"q_proj": NaN}})"},
      {"alpha_pattern", R"({"alpha_pattern": 7})"},
      {"modules_to_save", R"({"modules_to_save": [["head"]]})"},
      {"modules_to_save", R"({"modules_to_save": {"head": 1}})"},
      {"target_parameters", R"({"target_parameters": [1]})"},
      {"trainable_token_indices", R"({"trainable_token_indices": [-1]})"},
      {"trainable_token_indices", R"({"trainable_token_indices": {"embed": [1.5]}})"},
      {"trainable_token_indices", R"({"trainable_token_indices": "all"})"},
      {"layer_replication", R"({"layer_replication": [[0, 4097]]})"},
      {"layer_replication", R"({"layer_replication": [[2, 2]]})"},
      {"peft_version", R"({"peft_version": 19})"},
      {"task_type", R"({"task_type": ["SEQ_CLS"]})"},
      {"use_bdlora", R"({"use_bdlora": {"nblocks": 0}})"},
      {"use_bdlora", R"({"use_bdlora": {"nblocks": 4097}})"},
      {"use_bdlora", R"({"use_bdlora": {"tomorrow": 2}})"},
      {"use_bdlora", R"({"use_bdlora": {"target_modules_bd_a": 2}})"},
      {"use_bdlora", R"({"use_bdlora": true})"},
      {"tomorrow", R"({"tomorrow": 1})"},
      {"no JSON object", "[]"},
  };
  for (const auto& [field, text] : cases) {
    const auto config = read(text);
    ASSERT_FALSE(config) << text;
    EXPECT_THAT(describe(config.error()),
                ::testing::AllOf(HasSubstr("adapter_config.json"), HasSubstr(field)));
  }
}

TEST(AdapterConfig, BoundsWhatPatternsCost) {
  std::string some = R"({"rank_pattern": {)";
  for (int i = 0; i < 100; ++i) some += fmt::format(R"({}"{}x.{{0,400}}": 4)", i == 0 ? "" : ", ", i);
  EXPECT_THAT(describe(read(some + "}}").error()), HasSubstr("simpler patterns"));
  std::string plain = R"({"rank_pattern": {)";
  for (int i = 0; i < 20'000; ++i)
    plain += fmt::format(R"({}"model.layers.{}.q_proj": 4)", i == 0 ? "" : ", ", i);
  EXPECT_TRUE(read(plain + "}}")) << "one for each module, as EVA writes them";
}

TEST(AdapterConfig, TakesWhatPeftWrites) {
  const auto config =
      read(R"({"r": 16, "lora_alpha": 32.5, "rank_pattern": null, "layer_replication": [[0, 2], [1, 2]],
                               "task_type": null, "peft_version": "0.18.1", "modules_to_save": "head"})");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->rank_of("q_proj"), 16U);
  EXPECT_EQ(config->scale_of("q_proj"), 32.5F / 16);
  EXPECT_EQ(config->layer_replication.size(), 2U);
}

}  // namespace
}  // namespace slipway::transform
