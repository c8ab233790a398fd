// What a release makes of adapters: what they stand on, what they hold, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "os/path.h"
#include "support/hub_ground.h"
#include "support/safetensors_file.h"

namespace slipway::flow {
namespace {

using tensor::Dtype;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HubGround;
using ::testing::Not;
using testing::Publisher;
using testing::safetensors_file;

// The two matrices of a LoRA, and what is beside them.
std::vector<testing::TestTensor> lora_with(std::vector<testing::TestTensor> more = {}) {
  constexpr const char* kModule = "base_model.model.model.layers.0.self_attn.q_proj";
  more.push_back({fmt::format("{}.lora_A.weight", kModule), Dtype::kF32, {2, 4}});
  more.push_back({fmt::format("{}.lora_B.weight", kModule), Dtype::kF32, {4, 2}});
  return more;
}

class AdapterTest : public ::testing::Test {
 protected:
  void put_adapter(const std::string& folder, std::string_view base, std::string_view members = "",
                   const std::vector<testing::TestTensor>& tensors = lora_with()) {
    publisher_.disk().put(folder + "/adapter_config.json",
                          fmt::format(R"({{"peft_type": "LORA", "task_type": "CAUSAL_LM", "bias": "none",
                                          "base_model_name_or_path": "{}"{}}})",
                                      base, members));
    publisher_.disk().put(folder + "/adapter_model.safetensors", safetensors_file(tensors));
    for (const char* name : {"/tokenizer.json", "/tokenizer_config.json", "/chat_template.jinja"})
      publisher_.disk().put(folder + name, publisher_.disk().text("/runs/lora" + std::string(name)).value());
  }

  static PublishOptions push(std::string run = "/runs/dpo") {
    return {.run = std::move(run), .push = true, .to = "me/adapter", .jobs = 1};
  }
  static PublishOptions local(std::string run = "/runs/dpo") {
    return {.run = std::move(run), .push = false, .jobs = 1};
  }

  Error refusal(const PublishOptions& options) {
    const auto result = publisher_.publish(options);
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  bool warns(const PublishResult& result, std::string_view code) {
    return std::ranges::any_of(result.warnings, [code](const auto& one) { return one.code == code; });
  }

  std::string base_named_in(const std::string& run) {
    const auto config = json::parse(publisher_.disk().text(run + "/adapter_config.json").value());
    return config->find("base_model_name_or_path")->string();
  }

  HubGround hub_;
  Publisher publisher_{&hub_.transport()};
};

TEST_F(AdapterTest, OnALocalBaseIsNotPushedUntilItsPublicIdIsGiven) {
  publisher_.disk().put("/data/base/config.json", "{}");
  put_adapter("/runs/dpo", "/data/base");
  EXPECT_THAT(refusal(push()).message, AllOf(HasSubstr("/data/base"), HasSubstr("--base OWNER/NAME")));
  EXPECT_TRUE(publisher_.publish(local()));
  PublishOptions named = push();
  named.base = "me/base";
  const auto result = publisher_.publish(named);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(base_named_in("/runs/dpo"), "me/base");
}

TEST_F(AdapterTest, BorrowsNothingFromTheBaseThatItNamedBefore) {
  const std::string cached = "/cache/models--me--old/snapshots/abc";
  publisher_.disk().put(cached + "/config.json", "{}");
  publisher_.disk().put(cached + "/README.md", "---\nlicense: wtfpl\n---\n");
  publisher_.parts().environment.values["HF_HUB_CACHE"] = "/cache";
  put_adapter("/runs/dpo", "me/old", R"(, "revision": "abc")");
  PublishOptions options = local();
  options.recipe.model_name_or_path = "me/old";
  options.recipe.model_revision = "v1";
  options.base = "me/new";
  ASSERT_TRUE(publisher_.publish(options));
  EXPECT_EQ(base_named_in("/runs/dpo"), "me/new");
  const auto config = json::parse(publisher_.disk().text("/runs/dpo/adapter_config.json").value());
  EXPECT_TRUE(config->find("revision")->is_null());
  EXPECT_THAT(publisher_.disk().text("/runs/dpo/README.md").value(), Not(HasSubstr("wtfpl")));
}

TEST_F(AdapterTest, TakesARevisionOnlyFromARecipeThatNamesItsBase) {
  PublishOptions options = local();
  options.recipe.model_revision = "v1";
  for (const char* base : {"me/other", "me/base"}) {
    options.recipe.model_name_or_path = base;
    put_adapter("/runs/dpo", "me/base");
    ASSERT_TRUE(publisher_.publish(options));
    const auto config = json::parse(publisher_.disk().text("/runs/dpo/adapter_config.json").value());
    EXPECT_EQ(config->find("revision") != nullptr, base == std::string("me/base")) << base;
  }
}

TEST_F(AdapterTest, OnABaseThatCannotBeReadIsReleasedUnlessTheCallerNamedThatBase) {
  publisher_.disk().put("/data/base/config.json", "{}");
  for (const auto& [file, text] :
       {std::pair("tokenizer.json", "{} trailing"), {"generation_config.json", ""}}) {
    publisher_.disk().put(std::string("/data/base/") + file, text);
    put_adapter("/runs/dpo", "/data/base");
    const auto result = publisher_.publish(local());
    ASSERT_TRUE(result) << describe(result.error());
    const auto warning = std::ranges::find(result->warnings, "base-unreadable", &model::Warning::code);
    ASSERT_NE(warning, result->warnings.end()) << file;
    EXPECT_THAT(warning->message, AllOf(HasSubstr("/data/base"), HasSubstr(file), HasSubstr("--base")));
    PublishOptions asked = local();
    asked.base = "/data/base";
    EXPECT_THAT(describe(refusal(asked)), AllOf(HasSubstr("--base /data/base"), HasSubstr(file)));
    ASSERT_TRUE(publisher_.disk().remove(std::string("/data/base/") + file));
  }
}

TEST_F(AdapterTest, OnANameThatNoFileSystemTakesIsReleased) {
  os::PosixFileSystem files;
  testing::TemporaryFolder folder;
  const std::string run = folder.path() + "/dpo";
  std::filesystem::create_directory(run);
  const std::string name = "/" + std::string(300, 'x');
  put_adapter("/runs/dpo", name);
  for (const auto& [path, node] : publisher_.disk().tree("/runs/dpo"))
    if (const auto text = publisher_.disk().text(path))
      std::ofstream(folder.path() + path.substr(5)) << *text;
  const auto result = publisher_.publish_on(files, local(run));
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(warns(*result, "base-unreadable"));
}

TEST_F(AdapterTest, InsideOfAnotherAdapterIsRefused) {
  put_adapter(
      "/runs/dpo", "me/base", "",
      {{"base_model.model.base_model.model.model.layers.0.q_proj.lora_A.weight", Dtype::kF32, {2, 4}}});
  const Error error = refusal(local());
  EXPECT_EQ(error.code, ErrorCode::kRefused);
  EXPECT_THAT(error.message, AllOf(HasSubstr("base_model.model.base_model.model."), HasSubstr("me/base")));
}

TEST_F(AdapterTest, WithATensorOfTheBaseThatNothingDeclaresIsRefused) {
  put_adapter("/runs/dpo", "me/base", "",
              lora_with({{"base_model.model.model.norm.weight", Dtype::kF32, {4}}}));
  EXPECT_THAT(refusal(local()).message, HasSubstr("base_model.model.model.norm.weight"));
  put_adapter("/runs/dpo", "me/base", R"(, "modules_to_save": ["norm"])",
              lora_with({{"base_model.model.model.norm.weight", Dtype::kF32, {4}}}));
  EXPECT_TRUE(publisher_.publish(local()));
}

TEST_F(AdapterTest, OnATrainingRunIsNotPushedAndItsChainIsNamed) {
  put_adapter("/runs/dpo", "/runs/chatml-full");
  PublishOptions options = push();
  options.recipe.model_name_or_path = "slipway-lab/tiny-llama";  // what the chain's middle stands on
  EXPECT_THAT(refusal(options).message, AllOf(HasSubstr("/runs/dpo was trained on /runs/chatml-full"),
                                              HasSubstr("itself a training run"), HasSubstr("--base")));
  EXPECT_TRUE(publisher_.publish(local()));
  options.base = "me/chatml";
  const auto result = publisher_.publish(options);
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_EQ(base_named_in("/runs/dpo"), "me/chatml");
}

TEST_F(AdapterTest, OnAnotherAdapterIsRefusedWithTheChain) {
  put_adapter("/runs/dpo", "/runs/lora");
  EXPECT_THAT(refusal(local()).message,
              HasSubstr("/runs/dpo was trained on /runs/lora, which is an adapter of slipway-lab/tiny-qwen"));
}

TEST_F(AdapterTest, OnAMergedAdapterThatOnlyTheRecipeNamesIsRefusedWithTheChain) {
  put_adapter("/runs/dpo", "slipway-lab/tiny-qwen");
  PublishOptions options = local();
  EXPECT_TRUE(publisher_.publish(options));
  options.recipe.model_name_or_path = "/runs/lora";
  EXPECT_THAT(
      refusal(options).message,
      AllOf(HasSubstr("/runs/lora, which is an adapter of slipway-lab/tiny-qwen"), HasSubstr("Merge")));
  options.base = "me/sft-merged";
  EXPECT_TRUE(publisher_.publish(options));
}

TEST_F(AdapterTest, AsksTheHubWhatTheRecipesModelIsOnlyWhenItPushes) {
  publisher_.push_base("tiny-qwen");
  PublishOptions sft{.run = "/runs/lora", .push = true, .to = "me/sft", .jobs = 1};
  ASSERT_TRUE(publisher_.publish(sft));
  put_adapter("/runs/dpo", "slipway-lab/tiny-qwen");
  PublishOptions options = push();
  options.recipe.model_name_or_path = "me/sft";
  EXPECT_THAT(refusal(options).message, HasSubstr("me/sft, which is an adapter of slipway-lab/tiny-qwen"));
  publisher_.transport().clear();
  options.push = false;
  options.to = "";
  EXPECT_TRUE(publisher_.publish(options));
  EXPECT_EQ(publisher_.transport().requests().size(), 0u);
}

TEST_F(AdapterTest, OfAnyOtherTypeIsReleasedAndNotMerged) {
  for (const char* type : {"IA3", "PROMPT_TUNING", "VERA"}) {
    put_adapter("/runs/dpo", "me/base");
    publisher_.disk().put("/runs/dpo/adapter_config.json",
                          fmt::format(R"({{"peft_type": "{}", "task_type": "CAUSAL_LM",
                                           "base_model_name_or_path": "me/base"}})",
                                      type));
    publisher_.disk().put("/runs/dpo/adapter_model.safetensors",
                          safetensors_file({{"prompt_embeddings", Dtype::kF32, {2, 4}}}));
    EXPECT_TRUE(publisher_.publish(local())) << type;
    PublishOptions merge = local();
    merge.merge = true;
    EXPECT_THAT(refusal(merge).message, HasSubstr(type));
  }
}

TEST_F(AdapterTest, IsMergedOnlyWhereItsBaseIsHereAndNeverInPlace) {
  PublishOptions merge = local("/runs/lora");
  merge.merge = true;
  const Error error = refusal(merge);
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("--base"));
  merge.base = "/bases/tiny-qwen";
  EXPECT_EQ(refusal(merge).code, ErrorCode::kNeedsOutput);
  merge.run = "/runs/chatml-full";
  EXPECT_EQ(refusal(merge).code, ErrorCode::kInvalidArgument);
}

TEST_F(AdapterTest, WhatIsGivenAsItsBaseMustBeAModelWhateverItNamesItself) {
  publisher_.disk().put("/bases/empty/notes.txt", "");
  put_adapter("/runs/other", "/bases/tiny-qwen");
  for (const char* given :
       {"/nowhere/at/all", "/bases/empty", "/bases/tiny-qwen/config.json", "/runs/other"}) {
    put_adapter("/runs/dpo", "/bases/tiny-qwen");
    PublishOptions options = local();
    options.base = given;
    const Error error = refusal(options);
    EXPECT_EQ(error.code, ErrorCode::kNotFound) << given;
    EXPECT_THAT(error.message, AllOf(HasSubstr(std::string("--base ") + given), HasSubstr("OWNER/NAME")));
  }
}

TEST_F(AdapterTest, MergedIsAModelOfItsOwn) {
  PublishOptions merge = local("/runs/lora");
  merge.merge = true;
  merge.base = "/bases/tiny-qwen";
  merge.out = "/out/merged";
  const auto result = publisher_.publish(merge);
  ASSERT_TRUE(result) << describe(result.error());
  const auto entries = publisher_.disk().list("/out/merged").value();
  const auto holds = [&](std::string_view name) {
    return std::ranges::find(entries, name, &os::DirEntry::name) != entries.end();
  };
  for (const char* name :
       {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "README.md"})
    EXPECT_TRUE(holds(name)) << name;
  for (const char* name : {"adapter_config.json", "adapter_model.safetensors"})
    EXPECT_FALSE(holds(name)) << name;
  const std::string card = os::read_file(publisher_.disk(), "/out/merged/README.md", 1u << 20).value();
  EXPECT_THAT(card, HasSubstr("base_model_relation: finetune"));
  EXPECT_THAT(card, HasSubstr("library_name: transformers"));
  EXPECT_TRUE(warns(*result, "merge-base-unproved"));  // a folder's weights, the adapter's word for whose
}

TEST_F(AdapterTest, WithEmbeddingsOfTheBaseIsReportedWhereTheyAreUnchanged) {
  const auto base = tensor::open_weights(publisher_.disk(), "/bases/tiny-qwen", "model").value();
  const auto catalogue = base.source->catalogue();
  const auto at = std::ranges::find(catalogue, "model.embed_tokens.weight", &tensor::TensorInfo::name);
  ASSERT_NE(at, catalogue.end());
  std::string bytes(at->size_bytes, '\0');
  ASSERT_TRUE(base.source->read(static_cast<std::size_t>(at - catalogue.begin()), 0,
                                std::as_writable_bytes(std::span(bytes))));
  const auto with = [&](std::string data, Dtype dtype) {
    put_adapter(
        "/runs/dpo", "/bases/tiny-qwen", "",
        lora_with({{"base_model.model.model.embed_tokens.weight", dtype, at->shape, std::move(data)}}));
    const auto result = publisher_.publish(local());
    EXPECT_TRUE(result) << describe(result.error());
    return result && warns(*result, "adapter-tensors-unchanged");
  };
  EXPECT_TRUE(with(bytes, at->dtype));
  std::string wide;  // as float32, which holds a bfloat16 in its upper half
  ASSERT_EQ(at->dtype, Dtype::kBF16);
  for (std::size_t i = 0; i < bytes.size(); i += 2) wide += std::string(2, '\0') + bytes.substr(i, 2);
  EXPECT_TRUE(with(wide, Dtype::kF32));
  bytes[7] = static_cast<char>(bytes[7] ^ 1);
  EXPECT_FALSE(with(bytes, at->dtype));
}

TEST_F(AdapterTest, DropsStopsPastTheRowsOfItsBase) {
  publisher_.disk().put("/runs/dpo/generation_config.json", R"({"eos_token_id": [399, 9999]})");
  put_adapter("/runs/dpo", "/bases/tiny-qwen");
  const auto result = publisher_.publish(local());
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(warns(*result, "eos-out-of-range"));
  EXPECT_EQ(std::ranges::find(result->stops.ids, 9999), result->stops.ids.end());
}

TEST_F(AdapterTest, OfGgufFilesIsNothingToLookInto) {
  publisher_.disk().put("/runs/gguf/model-q4_k_m.gguf", "GGUF and more");
  const auto result = publisher_.publish(push("/runs/gguf"));
  ASSERT_TRUE(result) << describe(result.error());
  const auto file = std::ranges::find(result->files, "model-q4_k_m.gguf", &ReleasedFile::path);
  ASSERT_NE(file, result->files.end());
  EXPECT_EQ(file->origin, release::Origin::kRun);
  PublishOptions save = local("/runs/gguf");
  save.save = true;
  save.out = "/out";
  EXPECT_EQ(refusal(save).code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace slipway::flow
