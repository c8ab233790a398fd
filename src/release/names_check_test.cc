#include "release/names_check.h"

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace slipway::release {
namespace {

using tensor::TensorInfo;
using ::testing::HasSubstr;

json::Value config_of(std::string_view architecture, bool own_code = false) {
  json::Value config =
      json::Value::object({{"architectures", json::Value::array({std::string(architecture)})},
                           {"model_type", "llama"},
                           {"num_hidden_layers", std::uint64_t{2}},
                           {"hidden_size", std::uint64_t{8}}});
  if (own_code) config.set("auto_map", json::Value::object({}));
  return config;
}

// A Llama of two layers, its names behind `front`.
std::vector<TensorInfo> llama(const std::string& front = "model.") {
  std::vector<TensorInfo> all;
  const auto add = [&](const std::string& name, std::vector<std::uint64_t> shape) {
    all.push_back(
        {.name = front + name + ".weight", .dtype = tensor::Dtype::kBF16, .shape = std::move(shape)});
  };
  add("embed_tokens", {10, 8});
  add("norm", {8});
  for (int i = 0; i < 2; ++i) {
    for (const char* norm : {"input_layernorm", "post_attention_layernorm"})
      add(fmt::format("layers.{}.{}", i, norm), {8});
    for (const char* matrix : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
                               "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"})
      add(fmt::format("layers.{}.{}", i, matrix), {8, 8});
  }
  return all;
}

std::string said(const std::vector<TensorInfo>& catalogue, const json::Value& config) {
  const auto checked = check_names(catalogue, config);
  return checked ? "" : checked.error().message;
}

TEST(NamesCheck, TakesAWholeModelUnderItsOwnNamesOrItsBaseModels) {
  for (const char* front : {"model.", ""}) EXPECT_EQ(said(llama(front), config_of("LlamaForCausalLM")), "");
}

TEST(NamesCheck, NamesTheFirstTensorThatIsMissingFromEveryLayer) {
  for (const std::string part : {"input_layernorm", "self_attn.o_proj", "mlp.up_proj"}) {
    auto catalogue = llama();
    std::erase_if(catalogue, [&](const TensorInfo& info) { return info.name.contains(part); });
    EXPECT_THAT(said(catalogue, config_of("LlamaForCausalLM")),
                HasSubstr("model.layers.0." + part + ".weight is missing"));
  }
}

TEST(NamesCheck, SaysWhatStandsInFrontOfTheNames) {
  for (const std::string front : {"policy.model.", "state_dict.model.", "model.module.model."})
    EXPECT_THAT(said(llama(front), config_of("LlamaForCausalLM")), HasSubstr(front + "embed_tokens.weight"));
}

TEST(NamesCheck, KnowsTheWidthOfNorms) {
  auto catalogue = llama();
  for (TensorInfo& info : catalogue)
    if (info.name.contains("input_layernorm")) info.shape = {4};
  EXPECT_THAT(said(catalogue, config_of("LlamaForCausalLM")), HasSubstr("hidden_size 8"));
}

TEST(NamesCheck, AsksNothingOfClassesThatItDoesNotKnow) {
  for (const char* other : {"MixtralForCausalLM", "LlamaForSequenceClassification", "MyForCausalLM"})
    EXPECT_EQ(said(llama("anything."), config_of(other)), "");
  EXPECT_EQ(said(llama("anything."), config_of("LlamaForCausalLM", true)), "");
  json::Value exaone = config_of("LlamaForCausalLM");
  exaone.set("model_type", "exaone");
  EXPECT_EQ(said(llama("anything."), exaone), "");
}

}  // namespace
}  // namespace slipway::release
