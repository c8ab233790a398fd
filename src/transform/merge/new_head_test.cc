#include "transform/merge/new_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "slipway/safetensors.h"
#include "transform/merge/low_rank_forms.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<TensorInfo> tensors(const std::vector<std::pair<std::string, Shape>>& named) {
  std::vector<TensorInfo> made;
  for (const auto& [name, shape] : named) {
    TensorInfo info{.name = name};
    info.dtype = tensor::Dtype::kF32;
    info.shape = shape;
    info.size_bytes = tensor::tensor_size_bytes({name, info.dtype, shape});
    made.push_back(std::move(info));
  }
  return made;
}

struct Head {
  std::string config = R"({"r": 1, "task_type": "SEQ_CLS", "modules_to_save": ["classifier", "score"]})";
  std::vector<std::pair<std::string, Shape>> base{{"bert.layer.q.weight", {4, 4}}};
  std::vector<std::pair<std::string, Shape>> adapter{};  // without what peft puts in front

  Result<MergePlan> plan() const {
    SLIPWAY_ASSIGN(const auto read, AdapterConfig::parse(json::parse(config).value()));
    std::vector<std::pair<std::string, Shape>> saved{{"bert.layer.q.lora_A.weight", {1, 4}},
                                                     {"bert.layer.q.lora_B.weight", {4, 1}}};
    saved.insert(saved.end(), adapter.begin(), adapter.end());
    for (auto& [name, shape] : saved) name = "base_model.model." + name;
    return plan_merge(tensors(base), tensors(saved), read, {});
  }
  std::optional<std::uint64_t> labels() const {
    const auto made = plan();
    EXPECT_TRUE(made) << describe(made.error());
    return made ? made->labels : std::nullopt;
  }
  std::string refusal() const {
    const auto made = plan();
    return made ? "" : made.error().message;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    const auto made = plan();
    EXPECT_TRUE(made) << describe(made.error());
    if (made)
      for (const MergedTensor& one : made->tensors) found.push_back(one.info.name);
    return found;
  }
};

TEST(NewHead, IsSavedByTheEndOfAName) {
  const std::vector<std::string> saved = {"classifier"};
  EXPECT_TRUE(is_saved_whole("classifier", saved));
  EXPECT_TRUE(is_saved_whole("pre_classifier", saved));
  EXPECT_TRUE(is_saved_whole("model.classifier.dense", saved));
  EXPECT_FALSE(is_saved_whole("classifiers.dense", saved));
  EXPECT_FALSE(is_saved_whole("bert.pooler", saved));
}

TEST(NewHead, HasTheLabelsOfItsOutputLayer) {
  Head head;
  head.adapter = {{"classifier.weight", {3, 4}}, {"pre_classifier.weight", {4, 4}}};
  EXPECT_EQ(head.labels(), 3);
  head.config = R"({"r": 1, "task_type": "TOKEN_CLS", "modules_to_save": ["pooler", "classifier"]})";
  head.adapter = {{"classifier.weight", {2, 4}}, {"pooler.dense.weight", {4, 4}}};
  EXPECT_EQ(head.labels(), 2);
  head.adapter = {{"classifier.dense.weight", {4, 4}}, {"classifier.out_proj.weight", {5, 4}}};
  EXPECT_EQ(head.labels(), 5);
  head.adapter = {{"classifier.0.weight", {6, 4}}, {"classifier.3.weight", {7, 6}}};
  EXPECT_EQ(head.labels(), 7);
  head.adapter = {{"classifier.0.weight", {6, 4}}, {"classifier.1.weight", {7, 4}}};
  EXPECT_THAT(head.refusal(), HasSubstr("classifier.0.weight, classifier.1.weight, and nobody can tell"));
}

TEST(NewHead, LeavesOutWhatBelongsToTheOldOne) {
  Head head;
  head.adapter = {{"classifier.weight", {3, 4}}};
  head.base = {{"bert.layer.q.weight", {4, 4}},
               {"cls.predictions.bias", {9}},
               {"vocab_transform.weight", {4, 4}},
               {"lm_head.dense.weight", {4, 4}},
               {"bert.pooler.dense.weight", {4, 4}}};
  EXPECT_THAT(head.names(),
              ElementsAre("bert.layer.q.weight", "bert.pooler.dense.weight", "classifier.weight"));
  head.config = R"({"r": 1, "task_type": "TOKEN_CLS", "modules_to_save": ["classifier"]})";
  EXPECT_THAT(head.names(), ElementsAre("bert.layer.q.weight", "classifier.weight"));
  // Beside a head the names are whole ones.
  head.base = {{"layer.q.weight", {4, 4}}};
  EXPECT_THAT(head.names(), ElementsAre("bert.layer.q.weight", "classifier.weight"));
}

TEST(NewHead, IsNoPartOfTheOldOneThatIsCalledSo) {
  Head head;
  head.base = {{"bert.layer.q.weight", {4, 4}}, {"sop_classifier.classifier.weight", {2, 4}}};
  head.adapter = {{"classifier.weight", {2, 4}}};
  EXPECT_EQ(head.labels(), 2);
  EXPECT_THAT(head.names(), ElementsAre("bert.layer.q.weight", "classifier.weight"));
}

TEST(NewHead, MustBeInAnAdapterThatWasTrainedWithOne) {
  EXPECT_THAT(Head{}.refusal(), HasSubstr("holds nothing of it"));
}

TEST(NewHead, MayHaveOtherLabelsThanTheBases) {
  Head head;
  head.base = {{"bert.layer.q.weight", {4, 4}}, {"classifier.weight", {2, 4}}, {"classifier.bias", {2}}};
  head.adapter = {{"classifier.weight", {3, 4}}, {"classifier.bias", {3}}};
  EXPECT_EQ(head.labels(), 3);
  head.adapter = {{"classifier.weight", {2, 4}}, {"classifier.bias", {2}}};
  EXPECT_EQ(head.labels(), std::nullopt);
  head.adapter = {{"classifier.weight", {3, 5}}};
  EXPECT_THAT(head.refusal(), HasSubstr("[3, 5] and the base's classifier.weight is [2, 4]"));
}

TEST(NewHead, IsOfTheClassThatTheConfigNames) {
  Head head;
  head.adapter = {{"qa_outputs.weight", {2, 4}}};
  head.config = R"({"r": 1, "task_type": "QUESTION_ANS", "modules_to_save": ["qa_outputs"]})";
  EXPECT_EQ(head.plan()->head_class, "ForQuestionAnswering");
  head.adapter = {{"classifier.weight", {2, 4}}};
  head.config = R"({"r": 1, "modules_to_save": ["classifier"],
                    "auto_mapping": {"base_model_class": "ViTForImageClassification"}})";
  EXPECT_EQ(head.plan()->head_class, "ViTForImageClassification");
  head.config = R"({"r": 1, "modules_to_save": ["classifier"],
                    "auto_mapping": {"base_model_class": "ViTForMaskedImageModeling"}})";
  EXPECT_THAT(head.refusal(), HasSubstr("only heads that give labels are added"));
}

}  // namespace
}  // namespace slipway::transform
