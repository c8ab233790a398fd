#include "release/weights_check.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "os/mem_file_system.h"
#include "support/safetensors_file.h"

namespace slipway::release {
namespace {

using slipway::testing::TestTensor;
using tensor::Dtype;

constexpr std::string_view kConfig =
    R"({"architectures": ["OlmoForCausalLM"], "model_type": "llama", "vocab_size": 3, "num_hidden_layers": 2)";

std::vector<TestTensor> model() {
  return {{"lm_head.weight", Dtype::kF32, {3, 2}},
          {"model.embed_tokens.weight", Dtype::kF32, {3, 2}},
          {"model.layers.0.mlp.weight", Dtype::kF32, {2}},
          {"model.layers.1.mlp.weight", Dtype::kF32, {2}}};
}

struct Ground {
  os::MemFileSystem disk{};
  std::vector<model::Warning> warnings{};
  model::Tokenizer tokenizer{};

  void put(const std::vector<TestTensor>& tensors, std::string_view config_rest) {
    disk.put("/run/config.json", fmt::format("{}, {}}}", kConfig, config_rest));
    disk.put("/run/model.safetensors", slipway::testing::safetensors_file(tensors));
  }
  std::string verdict() {
    const auto run = run::inspect(disk, "/run");
    if (!run) return describe(run.error());
    const auto checked = check_weights(*run, tokenizer, warnings);
    return checked ? "fine" : checked.error().message;
  }
};

std::string verdict(const std::vector<TestTensor>& tensors,
                    std::string_view config_rest = R"("tie_word_embeddings": false)") {
  Ground ground;
  ground.put(tensors, config_rest);
  return ground.verdict();
}

std::vector<TestTensor> without(std::string_view name) {
  auto tensors = model();
  std::erase_if(tensors, [&](const TestTensor& tensor) { return tensor.name == name; });
  return tensors;
}

TEST(WeightsCheck, TakesAWholeModel) { EXPECT_EQ(verdict(model()), "fine"); }

TEST(WeightsCheck, RefusesALostOutputThatNothingTies) {
  EXPECT_EQ(
      verdict(without("lm_head.weight")),
      "lm_head.weight is missing and config.json says tie_word_embeddings: false, so loaders would fill it "
      "with random values; save the model again, or say true there if it is model.embed_tokens.weight");
  EXPECT_EQ(verdict(without("lm_head.weight"), R"("tie_word_embeddings": true)"), "fine");
  EXPECT_EQ(verdict(without("lm_head.weight"), R"("bos_token_id": 1)"), "fine");  // the class may tie
}

TEST(WeightsCheck, RefusesAnOutputOfOtherRowsThanTheVocabulary) {
  auto tensors = model();
  tensors.front().shape = {4, 2};
  EXPECT_EQ(verdict(tensors),
            "lm_head.weight has 4 rows and config.json says vocab_size 3: no loader takes it; save model and "
            "config together");
  EXPECT_EQ(verdict(tensors, R"("tie_word_embeddings": false, "pad_vocab_size_multiple": 4)"), "fine");
  EXPECT_EQ(verdict(tensors, R"("tie_word_embeddings": false, "text_config": {"vocab_size": 4})"), "fine");
}

TEST(WeightsCheck, TakesTheRowsThatABareMllamaAdds) {
  Ground ground;
  ground.disk.put("/run/config.json",
                  R"({"architectures": ["MllamaModel"], "model_type": "mllama", "vocab_size": 3})");
  ground.disk.put("/run/model.safetensors",
                  slipway::testing::safetensors_file({{"model.embed_tokens.weight", Dtype::kF32, {11, 2}}}));
  EXPECT_EQ(ground.verdict(), "fine");
}

TEST(WeightsCheck, TakesAnOutputOfAnotherName) {  // DeepSeek 4
  auto tensors = model();
  tensors[0].name = "head.weight";
  EXPECT_EQ(verdict(tensors), "fine");
}

TEST(WeightsCheck, NamesTheLayerThatIsMissing) {
  EXPECT_EQ(
      verdict(without("model.layers.1.mlp.weight")),
      "model.layers.1 has no tensor and config.json says 2 layers, so loaders would fill it with random "
      "values; save the model again");
}

TEST(WeightsCheck, TakesMoreLayersThanTheConfigCounts) {
  auto tensors = model();
  tensors.push_back({"model.layers.2.eh_proj.weight", Dtype::kF32, {2}});  // extra heads that predict ahead
  EXPECT_EQ(verdict(tensors), "fine");
}

TEST(WeightsCheck, RefusesRowsThatTheConfigDoesNotSay) {
  auto tensors = model();
  tensors[0].shape = tensors[1].shape = {4, 2};
  EXPECT_EQ(
      verdict(tensors),
      "model.embed_tokens.weight has 4 rows and config.json says vocab_size 3: no loader takes it; save "
      "model and config together");
}

TEST(WeightsCheck, TakesMoreInputsThanOutputs) {
  auto tensors = model();
  tensors[1].shape = {11, 2};  // as Mllama, whose class adds eight rows for its images
  EXPECT_EQ(verdict(tensors), "fine");
}

TEST(WeightsCheck, CountsTheLayersOfADecoderByItsOwnNumber) {
  const std::vector<TestTensor> tensors = {{"model.decoder.embed_tokens.weight", Dtype::kF32, {3, 2}},
                                           {"model.decoder.layers.0.fc1.weight", Dtype::kF32, {2}}};
  EXPECT_EQ(verdict(tensors, R"("encoder_layers": 2, "decoder_layers": 1, "tie_word_embeddings": true)"),
            "fine");
  EXPECT_NE(verdict(tensors, R"("decoder_layers": 2, "tie_word_embeddings": true)"), "fine");
}

TEST(WeightsCheck, LooksBehindTheWordsOfWrappers) {
  auto tensors = without("model.layers.1.mlp.weight");
  for (TestTensor& tensor : tensors) tensor.name = "_orig_mod." + tensor.name;
  EXPECT_NE(verdict(tensors).find("model.layers.1 has no tensor"), std::string::npos);
}

TEST(WeightsCheck, JudgesNothingThatIsQuantisedOrLaidOutInItsOwnWay) {
  auto tensors = model();
  tensors[1].shape = {4, 2};
  EXPECT_EQ(verdict(tensors, R"("quantization_config": {"quant_method": "gptq"})"), "fine");
  EXPECT_EQ(verdict(tensors, R"("quantization": {"group_size": 64, "bits": 4})"), "fine");  // MLX
  EXPECT_EQ(verdict({{"tower.words", Dtype::kF32, {9, 2}}}), "fine");
}

TEST(WeightsCheck, RefusesThePlaceholdersOfZero3) {
  auto tensors = model();
  tensors[2].shape = {0};
  EXPECT_NE(verdict(tensors).find("model.layers.0.mlp.weight in model.safetensors is empty"),
            std::string::npos);
  tensors[2] = {
      "model.layers.0.empty_table", Dtype::kF32, {0, 4}};  // an empty buffer of a whole model is its own
  tensors.push_back({"model.layers.0.mlp.weight", Dtype::kF32, {2}});
  EXPECT_EQ(verdict(tensors), "fine");
}

TEST(WeightsCheck, RefusesAnAdapterWithAnEmptyTensor) {
  Ground ground;
  ground.disk.put("/run/adapter_config.json", R"({"peft_type": "LORA"})");
  ground.disk.put(
      "/run/adapter_model.safetensors",
      slipway::testing::safetensors_file({{"base_model.model.a.lora_A.weight", Dtype::kF32, {0, 8}}}));
  EXPECT_NE(ground.verdict().find("base_model.model.a.lora_A.weight in adapter_model.safetensors is empty"),
            std::string::npos);
}

// A decoder with the tensors that its class has: two layers, width 2, inner width 6.
std::vector<TestTensor> llama() {
  std::vector<TestTensor> tensors{{"lm_head.weight", Dtype::kF32, {3, 2}},
                                  {"model.embed_tokens.weight", Dtype::kF32, {3, 2}},
                                  {"model.norm.weight", Dtype::kF32, {2}}};
  for (int i = 0; i < 3; ++i) {
    const std::string layer = fmt::format("model.layers.{}.", i);
    tensors.push_back({layer + "input_layernorm.weight", Dtype::kF32, {2}});
    for (const char* part : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"})
      tensors.push_back({fmt::format("{}{}.weight", layer, part), Dtype::kF32, {2, 2}});
    for (const char* part : {"mlp.gate_proj", "mlp.up_proj"})
      tensors.push_back({fmt::format("{}{}.weight", layer, part), Dtype::kF32, {6, 2}});
    tensors.push_back({layer + "mlp.down_proj.weight", Dtype::kF32, {2, 6}});
  }
  return tensors;
}

std::string verdict_of(std::string_view lost, std::string_view rest, std::string_view model_type = "llama") {
  Ground ground;
  auto tensors = llama();
  std::erase_if(tensors,
                [&](const TestTensor& tensor) { return tensor.name.find(lost) != std::string::npos; });
  ground.disk.put("/run/config.json", fmt::format(R"({{"architectures": ["OlmoForCausalLM"], "vocab_size": 3,
      "model_type": "{}", "tie_word_embeddings": false, {}}})",
                                                  model_type, rest));
  ground.disk.put("/run/model.safetensors", slipway::testing::safetensors_file(tensors));
  return ground.verdict();
}

constexpr std::string_view kWidths = R"("num_hidden_layers": 3, "hidden_size": 2, "intermediate_size": 6)";

TEST(WeightsCheck, TakesTheOutlineThatTheConfigDescribes) {
  EXPECT_EQ(verdict_of("nothing", kWidths), "fine");
  EXPECT_EQ(verdict_of("nothing", R"("num_hidden_layers": 3, "hidden_size": 8, "word_embed_proj_dim": 2)"),
            "fine");
  EXPECT_EQ(verdict_of("nothing", R"("num_hidden_layers": 3, "intermediate_size": [6, 6, 6])"), "fine");
  EXPECT_EQ(verdict_of("model.norm", R"("num_hidden_layers": 3, "auto_map": {})"), "fine");
  EXPECT_EQ(verdict_of("norm", kWidths), "fine");       // OLMo has no weights in its norms
  EXPECT_EQ(verdict_of("gate_proj", kWidths), "fine");  // layers without gates
}

TEST(WeightsCheck, RefusesAWidthThatTheConfigDoesNotSay) {
  EXPECT_EQ(
      verdict_of("nothing", R"("num_hidden_layers": 3, "hidden_size": 4)"),
      "model.embed_tokens.weight has 2 columns and config.json says hidden_size 4: no loader takes it; save "
      "model and config together");
  EXPECT_EQ(
      verdict_of("nothing", R"("num_hidden_layers": 3, "intermediate_size": 8)"),
      "model.layers.0.mlp.gate_proj.weight has 6 rows and config.json says intermediate_size 8: no loader "
      "takes it; save model and config together");
}

TEST(WeightsCheck, NamesWhatIsLostOutsideOfTheLayers) {
  EXPECT_EQ(verdict_of("model.norm", kWidths).substr(0, 28), "model.norm.weight is missing");
  EXPECT_EQ(verdict_of("embed_tokens", kWidths).substr(0, 36), "model.embed_tokens.weight is missing");
}

TEST(WeightsCheck, TakesInputsOfAnotherName) {  // NemotronH
  Ground ground;
  auto tensors = llama();
  tensors[1].name = "model.embeddings.weight";
  ground.put(tensors, R"("tie_word_embeddings": false)");
  EXPECT_EQ(ground.verdict(),
            "model.layers.2 is stored and config.json says 2 layers, so loaders would leave it out; "
            "save model and config together");
}

TEST(WeightsCheck, NamesWhatEveryLayerHasLost) {
  EXPECT_NE(verdict_of("v_proj", kWidths).find("model.layers.0.self_attn.v_proj.weight is missing"),
            std::string::npos);
  EXPECT_NE(verdict_of("down_proj", kWidths).find("model.layers.0.mlp.down_proj.weight is missing"),
            std::string::npos);
}

TEST(WeightsCheck, TakesLayersThatAreCountedTwiceOrRunTwice) {
  EXPECT_EQ(verdict_of("nothing", R"("num_hidden_layers": 6, "num_layers": 3)"), "fine");  // LongCat
  EXPECT_EQ(verdict_of("nothing", R"("num_hidden_layers": 6, "n_recurrent_layers": 1)"), "fine");
}

TEST(WeightsCheck, RefusesLayersThatTheConfigDoesNotCount) {
  EXPECT_NE(verdict_of("nothing", R"("num_hidden_layers": 2)")
                .find("model.layers.2 is stored and config.json says 2"),
            std::string::npos);
}

std::string lora_verdict(const std::vector<TestTensor>& tensors, std::string_view settings = R"("r": 2)") {
  Ground ground;
  ground.disk.put("/run/adapter_config.json", fmt::format(R"({{"peft_type": "LORA", {}}})", settings));
  ground.disk.put("/run/adapter_model.safetensors", slipway::testing::safetensors_file(tensors));
  return ground.verdict();
}

TEST(WeightsCheck, HoldsTheTwoMatricesOfALoraAgainstEachOther) {
  const TestTensor a{"base_model.model.q.lora_A.weight", Dtype::kF32, {2, 8}};
  const TestTensor b{"base_model.model.q.lora_B.weight", Dtype::kF32, {8, 2}};
  EXPECT_EQ(lora_verdict({a, b}), "fine");
  EXPECT_EQ(lora_verdict({a, b, {"base_model.model.q.lora_B.bias", Dtype::kF32, {8}}}), "fine");
  EXPECT_EQ(lora_verdict({a}).substr(0, 43), "base_model.model.q.lora_B.weight is missing");
  EXPECT_EQ(lora_verdict({b}).substr(0, 43), "base_model.model.q.lora_A.weight is missing");
  EXPECT_NE(lora_verdict({a, {b.name, Dtype::kF32, {8, 3}}}).find("has 2 rows and"), std::string::npos);
  EXPECT_NE(lora_verdict({a, b}, R"("r": 4)").find("adapter_config.json says r is 4"), std::string::npos);
  EXPECT_EQ(lora_verdict({a, b}, R"("r": 4, "rank_pattern": {"q": 2})"), "fine");
  EXPECT_EQ(lora_verdict({a}, R"("r": 4, "target_parameters": ["experts"])"), "fine");
}

TEST(WeightsCheck, ReportsATokenThatHasNoRow) {
  Ground ground;
  ground.put(model(), R"("tie_word_embeddings": false)");
  ground.tokenizer.ids.set("a", 0);
  ground.tokenizer.ids.set("<tool>", 3);
  EXPECT_EQ(ground.verdict(), "fine");
  ASSERT_EQ(ground.warnings.size(), 1U);
  EXPECT_EQ(ground.warnings[0].code, "tokens-past-rows");
  EXPECT_NE(ground.warnings[0].message.find("token 3 (<tool>), and the embeddings have 3 rows"),
            std::string::npos)
      << ground.warnings[0].message;
}

}  // namespace
}  // namespace slipway::release
