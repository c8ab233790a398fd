#include "run/pick.h"

#include <gmock/gmock.h>

#include "os/mem_file_system.h"
#include "support/safetensors_file.h"

namespace slipway::run {
namespace {

using tensor::Dtype;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::safetensors_file;

constexpr const char* kConfig =
    R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":10})";

std::string model(std::vector<std::uint64_t> shape = {10, 4}) {
  return safetensors_file({{"lm_head.weight", Dtype::kBF16, std::move(shape)}});
}

// A run that trained 1 to 3 steps and wrote no model of its own.
struct Trained {
  os::MemFileSystem fs{};

  Trained() {
    put("config.json", kConfig);
    for (const char* step : {"1", "2", "3"}) put_checkpoint(step, model());
  }
  void put(const std::string& path, std::string_view text) { fs.put("/run/" + path, text); }
  void put_checkpoint(const std::string& step, const std::string& weights) {
    put("checkpoint-" + step + "/config.json", kConfig);
    put("checkpoint-" + step + "/model.safetensors", weights);
  }
  Picked pick() {
    auto picked = run::pick(fs, "/run");
    EXPECT_TRUE(picked) << describe(picked.error());
    return picked ? *std::move(picked) : Picked();
  }
};

std::vector<std::string> codes(const std::vector<Problem>& problems) {
  std::vector<std::string> all;
  for (const Problem& problem : problems) all.push_back(problem.code);
  return all;
}

TEST(Pick, TakesTheFinishedModelBeforeAnyCheckpoint) {
  Trained run;
  run.put("model.safetensors", model());
  run.put("trainer_state.json", R"({"best_model_checkpoint": "/elsewhere/run/checkpoint-1"})");
  const Picked picked = run.pick();
  EXPECT_EQ(picked.folder, "/run");
  EXPECT_TRUE(picked.notes.empty());
}

TEST(Pick, TakesTheBestCheckpointElseTheNewest) {
  Trained run;
  Picked picked = run.pick();
  EXPECT_EQ(picked.folder, "/run/checkpoint-3");
  ASSERT_THAT(codes(picked.notes), ElementsAre("checkpoint-picked"));
  EXPECT_THAT(picked.notes[0].message, HasSubstr("the newest one that is whole"));
  run.put("checkpoint-3/trainer_state.json", R"({"best_model_checkpoint": "/elsewhere/run/checkpoint-1"})");
  picked = run.pick();
  EXPECT_EQ(picked.folder, "/run/checkpoint-1");
  EXPECT_THAT(picked.notes[0].message, HasSubstr("the best one"));
}

TEST(Pick, PassesOverWhatIsNotWholeWithTheReason) {
  const std::string whole = model();
  struct Row {
    std::string file, text, reason;
  };
  const std::string index = testing::index_of(
      {{"a", "model-00001-of-00002.safetensors"}, {"b", "model-00002-of-00002.safetensors"}}, 8);
  for (const Row& row : {Row{"model.safetensors", whole.substr(0, whole.size() - 1), "ends 1 bytes early"},
                         Row{"model.safetensors", model({0}), "a placeholder of ZeRO-3"},
                         Row{"model.safetensors", safetensors_file({}), "holds no tensor"},
                         Row{"model.safetensors.index.json", testing::index_of({}, 0), "lists no tensor"},
                         Row{"model-00001-of-00002.safetensors", whole, "index.json is missing"},
                         Row{"pytorch_model-00001-of-00002.bin", whole, "index.json is missing"},
                         Row{"pytorch_model.bin.index.json", R"({"weight_map": {}})", "lists no tensor"},
                         Row{"model.safetensors.index.json", index, "the shard is missing"},
                         Row{"pytorch_model_fsdp_0/__0_0.distcp", "x", "did not end"},
                         Row{"optimizer.pt", "x", "holds no weights"}}) {
    SCOPED_TRACE(row.reason);
    Trained run;
    ASSERT_TRUE(run.fs.remove("/run/checkpoint-3/model.safetensors"));
    run.put("checkpoint-3/" + row.file, row.text);
    const Picked picked = run.pick();
    EXPECT_EQ(picked.folder, "/run/checkpoint-2");
    ASSERT_THAT(codes(picked.notes), ElementsAre("checkpoint-picked", "checkpoint-passed-over"));
    EXPECT_THAT(picked.notes[1].message, HasSubstr("checkpoint-3 is passed over"));
    EXPECT_THAT(picked.notes[1].message, HasSubstr(row.reason));
  }
}

TEST(Pick, PassesOverADamagedModelOfTheRunItself) {
  Trained run;
  run.put("model.safetensors", model().substr(0, 40));
  const Picked picked = run.pick();
  EXPECT_EQ(picked.folder, "/run/checkpoint-3");
  EXPECT_THAT(picked.notes[0].message, HasSubstr("model.safetensors"));
}

TEST(Pick, LeavesTheRunWhereNothingIsWhole) {
  Trained run;
  for (const char* step : {"1", "2", "3"}) run.put_checkpoint(step, "cut");
  const auto facts = inspect_picked(run.fs, "/run").value();
  EXPECT_EQ(facts.folder, "/run");
  EXPECT_THAT(codes(facts.problems), ElementsAre("no-weights", "checkpoint-passed-over",
                                                 "checkpoint-passed-over", "checkpoint-passed-over"));
}

TEST(Pick, ChoosesNoneOfSeveralAdapters) {
  Trained run;
  for (const char* name : {"train", "reference"}) run.put(std::string(name) + "/adapter_config.json", "{}");
  EXPECT_EQ(run.pick().folder, "/run");
}

TEST(Borrow, GivesACheckpointTheFilesOfItsRun) {
  Trained run;
  ASSERT_TRUE(run.fs.remove("/run/checkpoint-3/config.json"));
  run.put("tokenizer.json", "{}");
  run.put("tokenizer.model", "sentences");
  run.put("README.md", "# mine\n");
  const RunFacts facts = inspect_picked(run.fs, "/run").value();
  std::vector<std::string> names;
  for (const Borrowed& file : facts.borrowed) names.push_back(file.path);
  EXPECT_THAT(names, ElementsAre("config.json", "tokenizer.json", "tokenizer.model", "README.md"));
  EXPECT_EQ(facts.kind, model::ModelKind::kDecoder);
  EXPECT_EQ(facts.borrowed[2].text, "sentences");
}

TEST(Borrow, LeavesWhatTheCheckpointHas) {
  Trained run;
  run.put("checkpoint-3/tokenizer.json", "{}");
  run.put("tokenizer_config.json", "{}");
  EXPECT_TRUE(inspect_picked(run.fs, "/run").value().borrowed.empty());
}

TEST(Borrow, TakesNothingFromAFolderThatIsNoRun) {
  os::MemFileSystem fs;
  fs.put("/home/README.md", "# me\n");
  fs.put("/home/checkpoint-3/config.json", kConfig);
  fs.put("/home/checkpoint-3/model.safetensors", model());
  EXPECT_TRUE(inspect(fs, "/home/checkpoint-3").value().borrowed.empty());
}

}  // namespace
}  // namespace slipway::run
