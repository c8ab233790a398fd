#include "flow/merge_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/mem_file_system.h"
#include "support/safetensors_file.h"

namespace slipway::flow {
namespace {

using tensor::Dtype;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A linear layer of 2 x 2 and one column that an adapter adds to it; of another that only stays.
class MergeReport : public ::testing::Test {
 protected:
  MergedRun merged(float change) {
    const auto floats = [](std::vector<float> values) {
      return std::string(as_text(std::as_bytes(std::span(values))));
    };
    const auto open = [&](const char* folder, const char* stem, std::vector<testing::TestTensor> tensors) {
      fs_.put(fmt::format("{}/{}.safetensors", folder, stem), testing::safetensors_file(tensors));
      return tensor::open_weights(fs_, folder, stem).value().source;
    };
    const auto base = open("/base", "model",
                           {{"m.weight", Dtype::kF32, {2, 2}, floats({1, 2, 3, 4})},
                            {"n.weight", Dtype::kF32, {1}, floats({1})}});
    const auto adapter =
        open("/run", "adapter_model",
             {{"base_model.model.m.lora_A.weight", Dtype::kF32, {1, 2}, floats({1, 1})},
              {"base_model.model.m.lora_B.weight", Dtype::kF32, {2, 1}, floats({change, 0})}});
    const auto config =
        transform::AdapterConfig::parse(json::parse(R"({"r": 1, "lora_alpha": 1})").value()).value();
    auto plan = transform::plan_merge(base->catalogue(), adapter->catalogue(), config, {}).value();
    MergedRun made{
        .source = std::make_shared<const transform::MergedSource>(base, adapter, std::move(plan), Cpu{})};
    made.facts.weights_identity = "these inputs";
    return made;
  }
  static void read_all(const MergedRun& run) {
    for (std::size_t i = 0; i < run.source->catalogue().size(); ++i) {
      ByteVector bytes(run.source->catalogue()[i].size_bytes);
      ASSERT_TRUE(run.source->read(i, 0, bytes));
    }
  }
  // What a call that was killed after it had read everything leaves to the next.
  std::vector<json::Value> kept(float change) {
    const MergedRun run = merged(change);
    read_all(run);
    return MergeFigures(run).news();
  }
  os::MemFileSystem fs_{};
};

TEST_F(MergeReport, IsOfWhatAnEarlierCallWroteToo) {
  const MergedRun read = merged(3);
  read_all(read);
  const MergedRun recalled = merged(3);
  MergeFigures figures(recalled);
  for (const json::Value& fact : kept(3)) figures.recall(fact);
  std::vector<model::Warning> warnings;
  const auto want = report_merge(read, warnings);
  const auto got = report_merge(recalled, warnings);
  ASSERT_THAT(got.modules, SizeIs(1));
  EXPECT_EQ(got.modules[0].change, want.modules[0].change);
  EXPECT_EQ(got.modules[0].unchanged, 0.5);
  EXPECT_THAT(figures.news(), IsEmpty()) << "stands in the journal";
}

TEST_F(MergeReport, RefusesWhatChangesNothingAfterACrashToo) {
  const MergedRun run = merged(0);
  MergeFigures figures(run);
  for (const json::Value& fact : kept(0)) figures.recall(fact);
  const auto refused = refuse_unchanged(*run.source);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("changes nothing: m stay"));
}

TEST_F(MergeReport, PassesOverRecordsThatAreNotOfThisMerge) {
  const json::Value good = kept(3).at(0);
  const std::string inputs = good.find("merge")->string();
  for (const std::string& text :
       {std::string(R"({"merge": "other", "changes": [[0, 0, 0, 4, 4]]})"),
        fmt::format(R"({{"merge": "{}"}})", inputs),
        fmt::format(R"({{"merge": "{}", "changes": [[0, 0, 0, 5, 4], [1, 0, 0, 1, 1], [7, 0, 0, 4, 4]]}})",
                    inputs),
        fmt::format(R"({{"merge": "{}", "changes": [[0, 0, 0, 4], [0, -1, 0, 4, 4], [0, 0, 0, 4, 5], 3]}})",
                    inputs)}) {
    const MergedRun run = merged(3);
    MergeFigures(run).recall(json::parse(text).value());
    EXPECT_THAT(run.source->changes(), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace slipway::flow
