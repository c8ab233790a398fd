#include "transform/merge/ties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "slipway/json.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using Shape = std::vector<std::uint64_t>;
using Shapes = std::vector<std::pair<std::string, Shape>>;

const std::string kInput = "model.embed_tokens.weight";
const std::string kHead = "lm_head.weight";

std::vector<TensorInfo> catalogue(const Shapes& shapes, const std::string& prefix) {
  std::vector<TensorInfo> made;
  for (const auto& [name, shape] : shapes) {
    std::uint64_t size = 4;
    for (const std::uint64_t side : shape) size *= side;
    made.push_back({.name = prefix + name, .dtype = tensor::Dtype::kF32, .shape = shape, .size_bytes = size});
  }
  return made;
}

struct Case {
  Shapes base{};
  Shapes adapter{};
  BaseConfig of_base{.tied = true};
  std::string config = "{}";

  Result<MergePlan> plan() const {
    const auto base_tensors = catalogue(base, "");
    const auto adapter_tensors = catalogue(adapter, "base_model.model.");
    json::Value fields = json::parse(config).value();
    fields.set("r", 1);
    SLIPWAY_ASSIGN(const AdapterConfig read, AdapterConfig::parse(fields));
    return plan_merge(base_tensors, adapter_tensors, read, of_base);
  }
  std::string refusal() const {
    const auto made = plan();
    return made ? "" : made.error().message;
  }
};

std::vector<std::string> names(const MergePlan& plan) {
  std::vector<std::string> found;
  for (const MergedTensor& one : plan.tensors) found.push_back(one.info.name);
  return found;
}

const MergedTensor& named(const MergePlan& plan, const std::string& name) {
  const auto at =
      std::ranges::find(plan.tensors, name, [](const MergedTensor& one) { return one.info.name; });
  EXPECT_NE(at, plan.tensors.end()) << name;
  return at == plan.tensors.end() ? plan.tensors.front() : *at;
}

Shapes lora(const std::string& module, std::uint64_t out, std::uint64_t in) {
  return {{module + ".lora_A.weight", {1, in}}, {module + ".lora_B.weight", {out, 1}}};
}
Shapes embedding_lora(const std::string& module, std::uint64_t rows, std::uint64_t columns) {
  return {{module + ".lora_embedding_A", {1, rows}}, {module + ".lora_embedding_B", {columns, 1}}};
}
Shapes both(Shapes one, const Shapes& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

TEST(Ties, BiasesGrowWithTheVocabulary) {
  Case one{.base = {{"model.shared.weight", {4, 2}}, {"final_logits_bias", {1, 4}}},
           .adapter = {{"model.shared.weight", {6, 2}}, {kHead, {6, 2}}}};
  const auto grown = one.plan();
  ASSERT_TRUE(grown) << describe(grown.error());
  EXPECT_EQ(named(*grown, "final_logits_bias").info.shape, (Shape{1, 6}));
  EXPECT_TRUE(named(*grown, "final_logits_bias").resized);
  Case held{.base = {{kInput, {4, 2}}, {kHead, {4, 2}}, {"lm_head.bias", {4}}},
            .adapter = {{kInput, {6, 2}}, {kHead, {6, 2}}, {"lm_head.bias", {6}}},
            .of_base = {}};
  const auto phi = held.plan();
  ASSERT_TRUE(phi) << describe(phi.error());
  EXPECT_EQ(named(*phi, "lm_head.bias").replacement, 2U);
  held.adapter.pop_back();
  const auto lacking = held.plan();
  ASSERT_TRUE(lacking) << describe(lacking.error());
  EXPECT_EQ(named(*lacking, "lm_head.bias").info.shape, (Shape{6}));
}

TEST(Ties, RowsBelowALoraOnTheHeadAreThePairs) {
  Case one{.base = {{kInput, {4, 2}}},
           .adapter = both({{"lm_head.base_layer.weight", {6, 2}}}, lora("lm_head", 6, 2))};
  const auto plan = one.plan();
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(named(*plan, kInput).rows, 6U);
  EXPECT_FALSE(named(*plan, kInput).low_rank);
  EXPECT_TRUE(named(*plan, kHead).low_rank);
  EXPECT_EQ(plan->vocabulary_rows, 6U);
  one.base.push_back({kHead, {4, 2}});
  one.of_base.tied = false;
  EXPECT_THAT(one.refusal(), HasSubstr("model.embed_tokens.weight has 4 rows after the merge and "
                                       "lm_head.weight has 6"));
}

TEST(Ties, OfT5AreNotParted) {
  Case one{.base = {{"shared.weight", {4, 2}}, {"encoder.block.0.layer.0.SelfAttention.q.weight", {2, 2}}},
           .adapter = lora("lm_head", 4, 2),
           .of_base = {.tied = true, .scaled_by_tie = "t5"}};
  EXPECT_THAT(one.refusal(), HasSubstr("the scaling of the decoder's outputs"));
  EXPECT_THAT(one.refusal(), HasSubstr("without --merge"));
  one.of_base.scale_is_said = true;
  const auto plan = one.plan();
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(plan->scaled_by_tie, "t5");
  EXPECT_EQ(plan->tensors.size(), 3U);  // no copies: T5 always shares them
  Case resized{.base = {{"shared.weight", {4, 2}}},
               .adapter = {{"shared.weight", {6, 2}}, {kHead, {6, 2}}},
               .of_base = {.tied = true, .scaled_by_tie = "t5"}};
  EXPECT_EQ(resized.refusal(), "");
}

TEST(Ties, OfBartLeaveEncoderAndDecoderACopy) {
  Case one{.base = {{"model.shared.weight", {4, 2}}}, .adapter = lora("lm_head", 4, 2)};
  const auto plan = one.plan();
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_THAT(names(*plan),
              UnorderedElementsAre("model.shared.weight", kHead, "model.encoder.embed_tokens.weight",
                                   "model.decoder.embed_tokens.weight"));
  Case stored{.base = {{"model.shared.weight", {4, 2}}, {"model.decoder.embed_tokens.weight", {4, 2}}},
              .adapter = {{"model.shared.weight", {6, 2}}}};
  const auto grown = stored.plan();
  ASSERT_TRUE(grown) << describe(grown.error());
  EXPECT_EQ(named(*grown, "model.decoder.embed_tokens.weight").replacement, 0U);
  EXPECT_EQ(grown->tensors.size(), 2U);
}

TEST(Ties, HeadsBearTheNameOfTheBasesLayout) {
  const Shapes whisper = {{"model.encoder.conv1.weight", {2, 2, 3}},
                          {"model.decoder.embed_tokens.weight", {4, 2}}};
  const auto heard =
      Case{.base = whisper, .adapter = embedding_lora("model.decoder.embed_tokens", 4, 2)}.plan();
  ASSERT_TRUE(heard) << describe(heard.error());
  EXPECT_TRUE(named(*heard, "proj_out.weight").stays());
  const auto seen = Case{.base = {{"language_model.model.embed_tokens.weight", {4, 2}}},
                         .adapter = {{kHead, {4, 2}}},
                         .config = R"({"modules_to_save": ["lm_head"]})"}
                        .plan();
  ASSERT_TRUE(seen) << describe(seen.error());
  EXPECT_TRUE(named(*seen, "language_model.lm_head.weight").replacement);
  EXPECT_TRUE(named(*seen, "language_model.model.embed_tokens.weight").stays());
}

TEST(Ties, OfABareModelGetItsPrefixBesideAHead) {
  const Case bare{.base = {{"wte.weight", {4, 2}}, {"h.0.ln_1.weight", {2}}},
                  .adapter = embedding_lora("transformer.wte", 4, 2)};
  const auto plan = bare.plan();
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_THAT(names(*plan),
              UnorderedElementsAre("transformer.wte.weight", "transformer.h.0.ln_1.weight", kHead));
  Case resized = bare;
  resized.adapter = {{"transformer.wte.weight", {6, 2}}};
  const auto grown = resized.plan();
  ASSERT_TRUE(grown) << describe(grown.error());
  EXPECT_EQ(grown->vocabulary_rows, 6U);
  EXPECT_THAT(names(*grown), UnorderedElementsAre("wte.weight", "h.0.ln_1.weight"));
}

TEST(Ties, OfEncodersPartWithTheBiasUnderBothNames) {
  Case one{.base = {{"bert.embeddings.word_embeddings.weight", {4, 2}}, {"cls.predictions.bias", {4}}},
           .adapter = lora("cls.predictions.decoder", 4, 2)};
  const auto plan = one.plan();
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_THAT(names(*plan),
              UnorderedElementsAre("bert.embeddings.word_embeddings.weight", "cls.predictions.bias",
                                   "cls.predictions.decoder.weight", "cls.predictions.decoder.bias"));
  one.adapter = {{"bert.embeddings.word_embeddings.weight", {6, 2}},
                 {"cls.predictions.decoder.bias", {6}},
                 {"cls.predictions.decoder.weight", {6, 2}}};
  const auto grown = one.plan();
  ASSERT_TRUE(grown) << describe(grown.error());
  EXPECT_EQ(named(*grown, "cls.predictions.bias").replacement, 1U);
  const Case without{.base = {{"bert.embeddings.word_embeddings.weight", {4, 2}}},
                     .adapter = embedding_lora("bert.embeddings.word_embeddings", 4, 2)};
  EXPECT_EQ(without.plan()->tensors.size(), 1U);
}

TEST(Ties, RowsOfBothAreEachOnesOwn) {
  const std::string delta = ".token_adapter.trainable_tokens_delta";
  const Case one{.base = {{kInput, {4, 2}}},
                 .adapter = {{"lm_head" + delta, {1, 2}}, {"model.embed_tokens" + delta, {2, 2}}},
                 .config = R"({"trainable_token_indices": {"embed_tokens": [0, 1], "lm_head": [3]}})"};
  const auto plan = one.plan();
  ASSERT_TRUE(plan) << describe(plan.error());
  EXPECT_EQ(named(*plan, kInput).rows_taken.size(), 2U);
  ASSERT_EQ(named(*plan, kHead).rows_taken.size(), 1U);
  EXPECT_EQ(named(*plan, kHead).rows_taken[0].row, 3U);
}

TEST(Ties, AreNothingToAClassifier) {
  Case one{.base = {{kInput, {4, 2}}, {kHead, {4, 2}}},
           .adapter = {{kInput, {6, 2}}, {"score.weight", {3, 2}}},
           .of_base = {},
           .config = R"({"task_type": "SEQ_CLS", "modules_to_save": ["score"]})"};
  const auto grown = one.plan();
  ASSERT_TRUE(grown) << describe(grown.error());
  EXPECT_THAT(names(*grown), UnorderedElementsAre(kInput, "score.weight"));
  EXPECT_EQ(grown->vocabulary_rows, 6U);
  one.base.pop_back();
  one.of_base.tied = true;
  one.adapter = both({{"score.weight", {3, 2}}}, embedding_lora("model.embed_tokens", 4, 2));
  const auto tied = one.plan();
  ASSERT_TRUE(tied) << describe(tied.error());
  EXPECT_THAT(names(*tied), UnorderedElementsAre(kInput, "score.weight"));
}

TEST(Ties, OfAClassWithoutAHeadAreNotParted) {
  const Case one{.base = {{kInput, {4, 2}}, {"score.weight", {3, 2}}},
                 .adapter = embedding_lora("model.embed_tokens", 4, 2),
                 .of_base = {.tied = true, .headless = true}};
  EXPECT_EQ(one.plan()->tensors.size(), 2U);
}

TEST(BaseConfig, SaysWhatOfTheTieMatters) {
  const auto of = [](const char* text) { return base_config(json::parse(text).value()); };
  EXPECT_TRUE(of(R"({"architectures": ["LlamaForSequenceClassification"]})").headless);
  EXPECT_TRUE(of(R"({"architectures": ["OPTModel"]})").headless);
  EXPECT_FALSE(of(R"({"architectures": ["GPT2LMHeadModel"]})").headless);
  EXPECT_EQ(of(R"({"model_type": "t5"})").scaled_by_tie, "t5");
  EXPECT_TRUE(of(R"({"model_type": "t5", "scale_decoder_outputs": true})").scale_is_said);
  EXPECT_EQ(of(R"({"model_type": "t5", "scale_decoder_outputs": false})").scaled_by_tie, "");
  EXPECT_TRUE(
      of(R"({"tie_word_embeddings": true, "text_config": {"tie_word_embeddings": false}})").half_tied);
  EXPECT_FALSE(of(R"({"tie_word_embeddings": true})").half_tied);
}

}  // namespace
}  // namespace slipway::transform
