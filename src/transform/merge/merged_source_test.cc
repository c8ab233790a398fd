#include "transform/merge/merged_source.h"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/mem_file_system.h"
#include "slipway/json.h"
#include "slipway/safetensors.h"
#include "support/golden.h"
#include "support/safetensors_file.h"
#include "transform/cast.h"
#include "transform/merge/block_diagonal.h"

namespace slipway::transform {
namespace {

using slipway::testing::TestTensor;
using tensor::Dtype;
using ::testing::HasSubstr;

constexpr std::string_view kModule = "model.layers.0.self_attn.q_proj";
const std::string kPrefix = "base_model.model.";

std::string bytes_of(const std::vector<float>& values, Dtype dtype = Dtype::kF32) {
  std::string bytes(values.size() * tensor::dtype_bits(dtype) / 8, '\0');
  CastCount count;
  cast_floats(Dtype::kF32, std::as_bytes(std::span(values)), dtype, std::as_writable_bytes(std::span(bytes)),
              count);
  return bytes;
}

// Nested lists of numbers: their shape, and the numbers in a row.
void flatten(const json::Value& value, std::size_t depth, std::vector<std::uint64_t>& shape,
             std::vector<float>& values) {
  if (value.is_number()) return values.push_back(static_cast<float>(*value.as_double()));
  if (shape.size() == depth) shape.push_back(value.items().size());
  for (const json::Value& item : value.items()) flatten(item, depth + 1, shape, values);
}

TestTensor tensor_of(const std::string& name, const json::Value& nested) {
  TestTensor made{.name = name};
  std::vector<float> values;
  flatten(nested, 0, made.shape, values);
  made.bytes = bytes_of(values);
  return made;
}

struct Merge {
  std::vector<TestTensor> base{};
  std::vector<TestTensor> adapter{};
  json::Value config = json::Value::object();
  BaseConfig of_base{};

  Result<std::shared_ptr<const MergedSource>> make(const Cpu& cpu = {}) {
    fs->put("/base/model.safetensors", slipway::testing::safetensors_file(base));
    fs->put("/run/adapter_model.safetensors", slipway::testing::safetensors_file(adapter));
    auto from = tensor::open_weights(*fs, "/base", "model").value().source;
    auto with = tensor::open_weights(*fs, "/run", "adapter_model").value().source;
    SLIPWAY_ASSIGN(const AdapterConfig read, AdapterConfig::parse(config));
    SLIPWAY_ASSIGN(with, with_whole_matrices(with, read));
    SLIPWAY_ASSIGN(MergePlan plan, plan_merge(from->catalogue(), with->catalogue(), read, of_base));
    return std::make_shared<const MergedSource>(from, with, std::move(plan), cpu);
  }
  std::string refusal() {
    const auto made = make();
    return made ? "" : made.error().message;
  }
  std::shared_ptr<os::MemFileSystem> fs = std::make_shared<os::MemFileSystem>();
};

std::size_t place_of(const tensor::TensorSource& source, std::string_view name) {
  const auto all = source.catalogue();
  const auto at = std::ranges::find(all, name, &tensor::TensorInfo::name);
  EXPECT_NE(at, all.end()) << name;
  return static_cast<std::size_t>(at - all.begin());
}

std::string read_tensor(const tensor::TensorSource& source, std::string_view name,
                        std::size_t step = 1u << 20) {
  const std::size_t place = place_of(source, name);
  std::string bytes(source.catalogue()[place].size_bytes, '\0');
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto out = std::as_writable_bytes(std::span(bytes)).subspan(at);
    EXPECT_TRUE(source.read(place, at, out.first(std::min(step, out.size()))));
  }
  return bytes;
}

// A case of the vectors as files: every key that is a tensor of the adapter has its place.
Merge merge_of(const json::Value& one) {
  const json::Value* module = one.find("module");
  const bool embedding = one.find("lora_embedding_A") != nullptr;
  const bool rows = one.find("trainable_tokens_delta") != nullptr;
  std::string path = module != nullptr ? module->string() : std::string(kModule);
  if (embedding || rows) path = "model.embed_tokens";
  if (one.find("config")->find("use_bdlora") != nullptr) path = "model.layers.0.self_attn.o_proj";
  const bool experts = slipway::testing::text_of(one, "kind") == "param_wrapper";
  if (experts) path = "model.layers.0.mlp.experts";
  Merge merge{.config = *one.find("config")};
  if (experts)
    merge.config.set("target_parameters", json::Value::array({json::Value("mlp.experts.gate_up_proj")}));
  merge.base.push_back(tensor_of(path + (experts ? ".gate_up_proj" : ".weight"), *one.find("W")));
  if (const json::Value* bias = one.find("base_bias")) merge.base.push_back(tensor_of(path + ".bias", *bias));
  const std::pair<const char*, const char*> kParts[] = {
      {"lora_A", ".lora_A.weight"},
      {"lora_B", ".lora_B.weight"},
      {"lora_B_bias", ".lora_B.bias"},
      {"lora_embedding_A", ".lora_embedding_A"},
      {"lora_embedding_B", ".lora_embedding_B"},
      {"lora_magnitude_vector", ".lora_magnitude_vector"},
      {"trainable_tokens_delta", ".token_adapter.trainable_tokens_delta"}};
  for (const auto& [key, suffix] : kParts)
    if (const json::Value* part = one.find(key))
      merge.adapter.push_back(tensor_of(kPrefix + path + suffix, *part));
  return merge;
}

TEST(MergedSource, GivesTheVectorsNumbers) {
  int compared = 0;
  for (const json::Value& one : slipway::testing::golden_cases("merge/lora_merge.json")) {
    const std::string id = slipway::testing::text_of(one, "id");
    SCOPED_TRACE(id);
    if (one.find("adapters") != nullptr) continue;  // of several adapters at once
    Merge merge = merge_of(one);
    const auto made = merge.make();
    ASSERT_TRUE(made) << describe(made.error());
    const std::string& name = merge.base.front().name;
    EXPECT_EQ(read_tensor(**made, name), tensor_of(name, *one.find("merged")).bytes);
    if (const json::Value* bias = one.find("merged_bias")) {
      EXPECT_EQ(read_tensor(**made, merge.base.back().name), tensor_of("", *bias).bytes);
    }
    ++compared;
  }
  EXPECT_GE(compared, 13);
}

std::string stored(const json::Value& one, std::string_view key, std::size_t digits) {
  const std::uint64_t bits = std::stoull(one.find(key)->string().substr(2), nullptr, 16);
  std::string bytes(digits / 2, '\0');
  std::memcpy(bytes.data(), &bits, bytes.size());
  return bytes;
}

// W of one row, and B·A that is the case's change exactly: of a linear layer and of an embedding.
TEST(MergedSource, RoundsOnceAndTwiceWherePeftDoes) {
  const json::Value root = slipway::testing::golden_json("merge/lora_merge.json");
  for (const json::Value& one : root.find("rounding_bf16")->find("cases")->items()) {
    const std::string weight = stored(one, "W_bf16", 4);
    const std::string delta = stored(one, "delta_f32", 8);
    for (const bool embedding : {false, true}) {
      Merge merge{.base = {{"m.weight", Dtype::kBF16, {1, 1}, weight}}};
      merge.config.set("r", 1);
      merge.config.set("lora_alpha", 1);
      const std::string a = embedding ? ".lora_embedding_A" : ".lora_A.weight";
      const std::string b = embedding ? ".lora_embedding_B" : ".lora_B.weight";
      merge.adapter = {{kPrefix + "m" + a, Dtype::kF32, {1, 1}, delta},
                       {kPrefix + "m" + b, Dtype::kF32, {1, 1}, bytes_of({1.0F})}};
      const auto made = merge.make();
      ASSERT_TRUE(made) << describe(made.error());
      EXPECT_EQ(read_tensor(**made, "m.weight"),
                stored(one, embedding ? "safe_merge_bf16" : "plain_merge_bf16", 4));
    }
  }
}

std::vector<float> wave(std::size_t count, float step) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = std::sin(static_cast<float>(i) * step);
  return values;
}

Merge large_merge() {
  constexpr std::size_t kRows = 300;
  constexpr std::size_t kColumns = 2000;  // more than one tile
  Merge merge{
      .base = {
          {"m.weight", Dtype::kBF16, {kRows, kColumns}, bytes_of(wave(kRows * kColumns, 0.7F), Dtype::kBF16)},
          {"n.weight", Dtype::kF32, {3}, bytes_of({1, 2, 3})}}};
  merge.adapter = {
      {kPrefix + "m.lora_A.weight", Dtype::kF32, {8, kColumns}, bytes_of(wave(8 * kColumns, 0.3F))},
      {kPrefix + "m.lora_B.weight", Dtype::kF32, {kRows, 8}, bytes_of(wave(kRows * 8, 0.9F))}};
  return merge;
}

TEST(MergedSource, GivesTheSameBytesHoweverItIsReadAndOnEveryPath) {
  Merge one = large_merge();
  Merge other = large_merge();
  const auto portable = one.make();
  const auto fast = other.make(detect_cpu());
  ASSERT_TRUE(portable && fast);
  const std::string want = read_tensor(**portable, "m.weight");
  for (const std::size_t step : {4097U, 128U << 10, 1U << 20})
    EXPECT_TRUE(read_tensor(**fast, "m.weight", step) == want) << step;
}

TEST(MergedSource, LeavesTheBasesOtherTensorsWhereTheyLie) {
  Merge merge = large_merge();
  const auto made = merge.make();
  ASSERT_TRUE(made);
  EXPECT_NE((*made)->extent(place_of(**made, "n.weight")), nullptr);
  EXPECT_EQ((*made)->extent(place_of(**made, "m.weight")), nullptr);
}

TEST(MergedSource, SaysHowMuchEachModuleChanged) {
  Merge merge = large_merge();
  const auto made = merge.make();
  ASSERT_TRUE(made);
  EXPECT_TRUE((*made)->changes().empty());
  read_tensor(**made, "m.weight");
  const auto changes = (*made)->changes();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].module, "m");
  EXPECT_TRUE(changes[0].complete);
  EXPECT_EQ(changes[0].change.elements, 300U * 2000U);
  EXPECT_GT(changes[0].change.change_squared, 0);
  EXPECT_LT(changes[0].change.unchanged, 300U * 20U);
}

TEST(MergePlan, RefusesWhatItWouldMissOrMisread) {
  Merge merge = large_merge();
  merge.base.front().name = "other.weight";
  EXPECT_THAT(merge.refusal(), HasSubstr("the base has no m, which the adapter changes"));
  merge = large_merge();
  merge.config.set("r", 16);
  EXPECT_THAT(merge.refusal(), HasSubstr("says rank 16 for m"));
  merge = large_merge();
  merge.adapter.pop_back();
  EXPECT_THAT(merge.refusal(), HasSubstr("not both matrices"));
  merge = large_merge();
  merge.adapter.push_back({kPrefix + "m.lora_ga_A.weight", Dtype::kF32, {1}});
  EXPECT_THAT(merge.refusal(), HasSubstr("lora_ga_A.weight"));
  merge = large_merge();
  merge.base.front().shape = {2000, 300};
  merge.base.front().dtype = Dtype::kF8E4M3;
  merge.base.front().bytes = "";
  EXPECT_THAT(merge.refusal(), HasSubstr("stored as F8_E4M3"));
  merge = large_merge();
  merge.config.set("use_new_idea", true);
  EXPECT_THAT(merge.refusal(), HasSubstr("use_new_idea"));
  merge.config.set("use_new_idea", false);
  EXPECT_EQ(merge.refusal(), "");
}

Merge tied_merge(const std::string& module, std::vector<float> b) {
  Merge merge{.base = {{"model.embed_tokens.weight", Dtype::kF32, {2, 2}, bytes_of({1, 2, 3, 4})}},
              .of_base = {.tied = true}};
  merge.config.set("r", 1);
  merge.config.set("lora_alpha", 1);
  const bool head = module == "lm_head";
  merge.adapter = {
      {kPrefix + module + (head ? ".lora_A.weight" : ".lora_embedding_A"),
       Dtype::kF32,
       {1, 2},
       bytes_of({1, 1})},
      {kPrefix + module + (head ? ".lora_B.weight" : ".lora_embedding_B"), Dtype::kF32, {2, 1}, bytes_of(b)}};
  return merge;
}

TEST(MergedSource, WritesBothOfATiedPairOfWhichOneChanged) {
  Merge head = tied_merge("lm_head", {10, 20});
  const auto made = head.make();
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(read_tensor(**made, "model.embed_tokens.weight"), bytes_of({1, 2, 3, 4}));
  EXPECT_EQ(read_tensor(**made, "lm_head.weight"), bytes_of({11, 12, 23, 24}));
  Merge input = tied_merge("model.embed_tokens", {10, 20});
  const auto other = input.make();
  ASSERT_TRUE(other) << describe(other.error());
  EXPECT_EQ(read_tensor(**other, "model.embed_tokens.weight"), bytes_of({11, 22, 13, 24}));
  EXPECT_EQ(read_tensor(**other, "lm_head.weight"), bytes_of({1, 2, 3, 4}));
}

TEST(MergedSource, GrowsTheVocabularyOfATiedPairTogether) {
  Merge merge{
      .base = {{"model.embed_tokens.weight", Dtype::kF32, {2, 2}, bytes_of({1, 2, 3, 4})},
               {"lm_head.weight", Dtype::kF32, {2, 2}, bytes_of({1, 2, 3, 4})}},
      .adapter = {{kPrefix + "model.embed_tokens.weight", Dtype::kF32, {3, 2}, bytes_of({1, 2, 3, 4, 5, 6})}},
      .of_base = {.tied = true}};
  const auto made = merge.make();
  ASSERT_TRUE(made) << describe(made.error());
  for (const char* name : {"model.embed_tokens.weight", "lm_head.weight"})
    EXPECT_EQ(read_tensor(**made, name), bytes_of({1, 2, 3, 4, 5, 6})) << name;
  merge.of_base.tied = false;
  EXPECT_THAT(merge.refusal(), HasSubstr("has 3 rows after the merge and lm_head.weight has 2"));
}

TEST(MergedSource, PutsZerosBehindABiasOfEachToken) {
  for (const std::vector<std::uint64_t>& row : {std::vector<std::uint64_t>{2}, {1, 2}}) {
    Merge merge{.base = {{"model.shared.weight", Dtype::kF32, {2, 1}, bytes_of({1, 2})},
                         {row.size() == 1 ? "lm_head.bias" : "final_logits_bias", Dtype::kF32, row,
                          bytes_of({7, 8})}},
                .adapter = {{kPrefix + "model.shared.weight", Dtype::kF32, {4, 1}, bytes_of({1, 2, 3, 4})}},
                .of_base = {.tied = true}};
    const auto grown = merge.make();
    ASSERT_TRUE(grown) << describe(grown.error());
    EXPECT_EQ(read_tensor(**grown, merge.base[1].name), bytes_of({7, 8, 0, 0}));
    merge.adapter = {{kPrefix + "model.shared.weight", Dtype::kF32, {1, 1}, bytes_of({1})}};
    const auto cut = merge.make();
    ASSERT_TRUE(cut) << describe(cut.error());
    EXPECT_EQ(read_tensor(**cut, merge.base[1].name), bytes_of({7}));
  }
}

}  // namespace
}  // namespace slipway::transform
