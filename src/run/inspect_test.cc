#include <gtest/gtest.h>

#include <algorithm>

#include "os/mem_file_system.h"
#include "run/inspect_json.h"
#include "run/run.h"
#include "support/safetensors_file.h"

namespace slipway::run {
namespace {

using tensor::Dtype;
using testing::safetensors_file;

constexpr const char* kConfig =
    R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":10})";

struct Folder {
  void put(const std::string& path, std::string_view text) { fs.put("/run/" + path, text); }
  void put_model(const std::string& under = "") {
    put(under + "config.json", kConfig);
    put(under + "model.safetensors", safetensors_file({{"lm_head.weight", Dtype::kBF16, {10, 4}},
                                                       {"model.embed_tokens.weight", Dtype::kBF16, {12, 4}},
                                                       {"model.layers.0.w", Dtype::kF32, {2}},
                                                       {"model.layers.1.w", Dtype::kF32, {2}}}));
  }
  void put_adapter() {
    put("adapter_config.json", R"({"peft_type":"LORA","task_type":"CAUSAL_LM","r":8,"revision":null,)"
                               R"("base_model_name_or_path":"me/base"})");
    put("adapter_model.safetensors",
        safetensors_file({{"base_model.model.model.layers.0.q_proj.lora_A.weight", Dtype::kF32, {8, 4}}}));
  }
  RunFacts inspect(const std::string& path = "/run") {
    auto facts = run::inspect(fs, path);
    EXPECT_TRUE(facts) << describe(facts.error());
    return facts ? std::move(*facts) : RunFacts();
  }
  os::MemFileSystem fs;
};

std::vector<std::string> codes(const RunFacts& facts) {
  std::vector<std::string> all;
  for (const Problem& problem : facts.problems) all.push_back(problem.code);
  return all;
}

bool says(const RunFacts& facts, std::string_view words) {
  return std::ranges::any_of(facts.problems, [&](const Problem& problem) {
    return problem.message.find(words) != std::string::npos &&
           problem.message.find('\n') == std::string::npos;
  });
}

using Codes = std::vector<std::string>;

TEST(Inspect, ReadsAFullModel) {
  Folder folder;
  folder.put_model();
  folder.put("checkpoint-9/config.json", "{}");
  folder.put("checkpoint-10/config.json", "{}");
  folder.put("trainer_state.json", R"({"global_step": 12, "best_metric": NaN})");
  folder.put(".cache/huggingface/slipway/journal", "x");
  folder.put(".git/config", "x");
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), Codes{});
  EXPECT_EQ(facts.format, "safetensors");
  EXPECT_EQ(facts.kind, model::ModelKind::kDecoder);
  EXPECT_EQ(facts.output_rows, 10u);
  EXPECT_EQ(facts.step, 12);
  EXPECT_EQ(facts.checkpoints, (Codes{"checkpoint-10", "checkpoint-9"}));
  EXPECT_EQ(*facts.metadata.find("config.json"), kConfig);
  EXPECT_EQ(facts.files.size(), 5u);  // neither .cache nor .git
}

TEST(Inspect, TakesTheStepFromTheFoldersName) {
  Folder folder;
  folder.put_model("checkpoint-40/");
  folder.put("checkpoint-40/trainer_state.json", R"({"global_step": 1})");
  EXPECT_EQ(folder.inspect("/run/checkpoint-40").step, 40);
}

TEST(Inspect, ReadsAnAdapter) {
  Folder folder;
  folder.put_adapter();
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), Codes{});
  ASSERT_TRUE(facts.adapter);
  EXPECT_EQ(facts.adapter->peft_type, "LORA");
  EXPECT_EQ(facts.adapter->rank, 8);
  EXPECT_EQ(facts.adapter->revision, std::nullopt);
  EXPECT_EQ(facts.base, "me/base");
  EXPECT_EQ(facts.output_rows, std::nullopt);
}

TEST(Inspect, TellsTheStateOfAnAdaptersTrainingFromAModel) {
  Folder folder;
  folder.put_model();
  folder.put(
      "model.safetensors",
      safetensors_file({{"base_model.model.lm_head.weight", Dtype::kF32, {10, 4}},
                        {"base_model.model.model.layers.0.q.lora_A.default.weight", Dtype::kF32, {8, 4}}}));
  const RunFacts bare = folder.inspect();
  EXPECT_EQ(codes(bare), Codes{"adapter-without-config"});
  EXPECT_FALSE(bare.weights);
  folder.put("adapter_config.json", R"({"peft_type":"LORA","base_model_name_or_path":"me/base"})");
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), Codes{});
  ASSERT_TRUE(facts.weights);
  EXPECT_EQ(facts.weights->source->catalogue().size(), 2u);
  folder.put_model();
  EXPECT_EQ(codes(folder.inspect()), Codes{"adapter-without-weights"});
}

TEST(Inspect, CountsRowsOfAnAdaptersFullEmbeddingsOnly) {
  Folder folder;
  folder.put_adapter();
  folder.put("adapter_model.safetensors",
             safetensors_file({{"base_model.model.lm_head.lora_B.weight", Dtype::kF32, {99, 8}},
                               {"base_model.model.model.embed_tokens.weight", Dtype::kF32, {11, 4}}}));
  EXPECT_EQ(folder.inspect().output_rows, 11u);
}

TEST(Inspect, CountsRowsOfWhatPeftHasWrapped) {
  Folder folder;
  folder.put_adapter();
  for (const char* name : {"base_model.model.lm_head.modules_to_save.default.weight",
                           "base_model.model.model.embed_tokens.base_layer.weight"}) {
    folder.put("adapter_model.safetensors", safetensors_file({{name, Dtype::kF32, {12, 4}}}));
    EXPECT_EQ(folder.inspect().output_rows, 12u) << name;
  }
}

TEST(Inspect, TakesNoMatrixInsideALayerForTheOutput) {
  Folder folder;
  folder.put_model();
  folder.put("model.safetensors", safetensors_file({{"layers.0.attention.output.weight", Dtype::kF32, {4, 4}},
                                                    {"model.embed_tokens.weight", Dtype::kF32, {12, 4}}}));
  EXPECT_EQ(folder.inspect().output_rows, 12u);
}

TEST(Inspect, FindsTheBaseInConfigThenInTheCard) {
  Folder folder;
  folder.put_model();
  folder.put("README.md", "---\nbase_model:\n- me/card\n---\n# x\n");
  EXPECT_EQ(folder.inspect().base, "me/card");
  folder.put("config.json", R"({"_name_or_path":"/run"})");  // the run itself: loaded and saved again
  EXPECT_EQ(folder.inspect().base, "me/card");
  folder.put("config.json", R"({"_name_or_path":"me/config"})");
  EXPECT_EQ(folder.inspect().base, "me/config");
}

TEST(Inspect, NamesCheckpointsThatCanBeUsedInsteadOfAnEmptyFolder) {
  Folder folder;
  folder.put("config.json", kConfig);
  folder.put_model("checkpoint-5/");
  folder.put("checkpoint-7/optimizer.pt", "x");
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), Codes{"no-weights"});
  EXPECT_TRUE(says(facts, "checkpoint-5"));
  EXPECT_FALSE(says(facts, "checkpoint-7"));
  EXPECT_EQ(facts.problems[0].error, ErrorCode::kRefused);
}

struct FormatCase {
  const char* format;
  const char* file;
};
TEST(Inspect, NamesFormatsThatItDoesNotRead) {
  for (const FormatCase& one : {FormatCase{"torch", "pytorch_model_fsdp_rank0.bin"},
                                {"torch", "pytorch_model_fsdp_0_rank1.bin"},
                                {"torch", "model_world_size_2_rank_0.pt"},
                                {"torch", "checkpoints/epoch=0-step=3.ckpt"},
                                {"torch", "hf_model_0001_0.pt"}}) {
    SCOPED_TRACE(one.file);
    Folder folder;
    folder.put("config.json", kConfig);
    folder.put(one.file, "x");
    const RunFacts facts = folder.inspect();
    EXPECT_EQ(facts.format, one.format);
    EXPECT_EQ(codes(facts), Codes{"format-not-read"});
    EXPECT_EQ(facts.problems[0].error, ErrorCode::kUnsupported);
    EXPECT_TRUE(says(facts, one.file));
  }
}

TEST(Inspect, NamesASaveOfDeepSpeedThatDidNotEnd) {
  Folder folder;
  folder.put("config.json", kConfig);
  folder.put("global_step5/zero_pp_rank_0_mp_rank_00_optim_states.pt", "x");
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(facts.format, "zero");
  EXPECT_EQ(codes(facts), Codes{"weights-damaged"});
  EXPECT_TRUE(says(facts, "latest: is missing beside global_step5"));
}

TEST(Inspect, FindsNoProblemInGgufFiles) {
  Folder folder;
  folder.put("model-q4.gguf", "GGUF");
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(facts.format, kGgufFormat);
  EXPECT_EQ(codes(facts), Codes{});
  EXPECT_FALSE(facts.weights);
}

TEST(Inspect, NamesTheAdaptersInFoldersOfARunThatHasNone) {
  Folder folder;
  for (const char* name : {"train", "reference"}) {
    folder.put(std::string(name) + "/adapter_config.json", "{}");
    folder.put(std::string(name) + "/adapter_model.safetensors", "x");
  }
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), Codes{"no-weights"});
  EXPECT_TRUE(says(facts, "reference, train"));
}

TEST(Inspect, LeavesTrainingStateBesideSafetensorsAlone) {
  Folder folder;
  folder.put_model();
  folder.put("latest", "global_step5");
  folder.put("global_step5/mp_rank_00_model_states.pt", "x");
  EXPECT_EQ(codes(folder.inspect()), Codes{});
}

TEST(Inspect, ReportsStaleWeightSetsAndKeepsWhatLoadersTake) {
  Folder folder;
  folder.put_model();
  folder.put("model.safetensors.index.json",
             testing::index_of({{"a", "model-00001-of-00002.safetensors"}}, 4));
  folder.put("model-00001-of-00002.safetensors", "damaged, and nobody looks");
  folder.put("pytorch_model.bin", "x");
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), (Codes{"stale-weights", "weights-in-two-formats"}));
  EXPECT_TRUE(says(facts, "model.safetensors.index.json, model-00001-of-00002.safetensors"));
  EXPECT_TRUE(says(facts, "pytorch_model.bin"));
  ASSERT_TRUE(facts.weights);
  EXPECT_EQ(facts.weights->set.files, Codes{"model.safetensors"});
}

TEST(Inspect, ReportsADamagedShardByName) {
  Folder folder;
  folder.put_model();
  const std::string whole = *folder.fs.text("/run/model.safetensors");
  folder.put("model.safetensors", whole.substr(0, whole.size() - 1));
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), Codes{"weights-damaged"});
  EXPECT_EQ(facts.problems[0].file, "model.safetensors");
  EXPECT_EQ(facts.problems[0].error, ErrorCode::kCorruptData);
  EXPECT_TRUE(says(facts, "model.safetensors: the file ends 1 bytes early"));
}

TEST(Inspect, ReportsAMissingShardAndAMissingIndexEntry) {
  Folder folder;
  folder.put("config.json", kConfig);
  folder.put("model.safetensors.index.json",
             testing::index_of(
                 {{"a", "model-00001-of-00002.safetensors"}, {"b", "model-00002-of-00002.safetensors"}}, 8));
  folder.put("model-00001-of-00002.safetensors", safetensors_file({{"a", Dtype::kF32, {1}}}));
  EXPECT_EQ(folder.inspect().problems.at(0).file, "model-00002-of-00002.safetensors");
  folder.put("model-00002-of-00002.safetensors", safetensors_file({{"c", Dtype::kF32, {1}}}));
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), Codes{"weights-damaged"});
  EXPECT_EQ(facts.problems[0].file, "model.safetensors.index.json");
  EXPECT_TRUE(says(facts, "\"c\""));
}

TEST(Inspect, ReportsAnAdapterWithoutWeights) {
  Folder folder;
  folder.put_adapter();
  ASSERT_TRUE(folder.fs.remove("/run/adapter_model.safetensors"));
  EXPECT_EQ(codes(folder.inspect()), Codes{"adapter-without-weights"});
}

TEST(Inspect, SaysThatATrainersLogIsTooLargeToBeRead) {
  Folder folder;
  folder.put_model();
  folder.put("trainer_state.json", std::string((16u << 20) + 1, ' '));
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), (Codes{"training-log-unread"}));
  EXPECT_EQ(facts.metadata.find("trainer_state.json"), nullptr);
}

TEST(Inspect, ReportsMetadataThatDoesNotParse) {
  for (const char* text : {"{\"a\": ", "[]", "", "{\"a\":1,\"a\":2}"}) {
    Folder folder;
    folder.put_model();
    folder.put("generation_config.json", text);
    const RunFacts facts = folder.inspect();
    EXPECT_EQ(codes(facts), Codes{"metadata-damaged"}) << text;
    EXPECT_EQ(facts.problems.at(0).file, "generation_config.json");
  }
}

TEST(Inspect, ListsLinksThatLeaveTheRunAndReadsNoneOfThem) {
  Folder folder;
  folder.put_model();
  folder.fs.put("/secret/notes.txt", "x");
  folder.fs.put_symlink("../secret/notes.txt", "/run/notes.txt");
  folder.fs.put_symlink("/secret", "/run/data");
  folder.fs.put_symlink("/nowhere", "/run/gone");
  folder.fs.put_symlink("config.json", "/run/inside.json");
  folder.put("wandb/run-1/log", "x");
  folder.fs.put_symlink("run-1", "/run/wandb/latest");  // a folder that is walked already
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(codes(facts), (Codes{"link-leaves-run", "link-leaves-run", "link-leaves-run"}));
  for (const RunFile& file : facts.files) {
    const bool leaves = file.path == "notes.txt" || file.path == "data" || file.path == "gone";
    EXPECT_EQ(file.leaves_run, leaves) << file.path;
    EXPECT_FALSE(file.path.starts_with("data/") || file.path.starts_with("wandb/latest"));
  }
}

TEST(Inspect, ReadsLinksIntoWhatTheCallerNames) {
  Folder folder;
  folder.put_model();
  folder.fs.put("/data/set/a.txt", "a");
  folder.fs.put("/data/notes.txt", "n");
  folder.fs.put_symlink("/data/set", "/run/set");
  folder.fs.put_symlink("../data/notes.txt", "/run/notes.txt");
  const auto reads = [&](const std::vector<os::Path>& followed, std::string_view path) {
    const RunFacts facts = run::inspect(folder.fs, "/run", followed).value();
    const auto file = std::ranges::find(facts.files, path, &RunFile::path);
    return file != facts.files.end() && !file->leaves_run;
  };
  EXPECT_FALSE(reads({}, "notes.txt"));
  EXPECT_TRUE(reads({"/data"}, "notes.txt"));
  EXPECT_TRUE(reads({"/data"}, "set/a.txt"));
  EXPECT_TRUE(reads({"set"}, "set/a.txt"));
  EXPECT_FALSE(reads({"set"}, "notes.txt"));
  EXPECT_EQ(run::inspect(folder.fs, "/run", {"/no"}).error().code, ErrorCode::kNotFound);
}

TEST(Inspect, RefusesMetadataAndWeightsBehindLinksThatLeave) {
  Folder folder;
  folder.put_model();
  ASSERT_TRUE(folder.fs.rename("/run/config.json", "/config.json"));
  ASSERT_TRUE(folder.fs.rename("/run/model.safetensors", "/model.safetensors"));
  folder.fs.put_symlink("../config.json", "/run/config.json");
  folder.fs.put_symlink("../model.safetensors", "/run/model.safetensors");
  const RunFacts facts = folder.inspect();
  EXPECT_EQ(facts.metadata.find("config.json"), nullptr);
  EXPECT_FALSE(facts.weights);
  EXPECT_TRUE(std::ranges::count(codes(facts), "metadata-link") == 1);
  EXPECT_TRUE(std::ranges::count(codes(facts), "weights-link") == 1);
}

TEST(Inspect, ReadsASnapshotOfAHubCacheThroughItsLinks) {
  Folder folder;
  folder.put_model();
  const std::string repository = "/cache/models--me--tiny";
  folder.fs.put(repository + "/blobs/e1", *folder.fs.text("/run/config.json"));
  folder.fs.put(repository + "/blobs/e2", *folder.fs.text("/run/model.safetensors"));
  folder.fs.put_dir(repository + "/snapshots/abc");
  folder.fs.put_symlink("../../blobs/e1", repository + "/snapshots/abc/config.json");
  folder.fs.put_symlink("../../blobs/e2", repository + "/snapshots/abc/model.safetensors");
  folder.fs.put_symlink(repository + "/snapshots/abc", "/linked-run");
  const RunFacts facts = folder.inspect("/linked-run");
  EXPECT_EQ(codes(facts), Codes{});
  EXPECT_TRUE(facts.weights);
}

TEST(Inspect, SaysWhatIsWrongWithThePathItself) {
  Folder folder;
  folder.put("config.json", kConfig);
  EXPECT_EQ(run::inspect(folder.fs, "/nowhere").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(run::inspect(folder.fs, "/run/config.json").error().code, ErrorCode::kInvalidArgument);
}

TEST(InspectJson, HoldsTheFieldsOfTheContract) {
  Folder folder;
  folder.put_adapter();
  EXPECT_EQ(
      json::print_compact(inspect_json(folder.inspect())),
      R"({"kind":"decoder","format":"safetensors","adapter":{"peft_type":"LORA","task_type":"CAUSAL_LM",)"
      R"("base":"me/base","revision":null,"rank":8},"path":"/run","step":null,"base":"me/base","tensors":[)"
      R"({"name":"base_model.model.model.layers.0.q_proj.lora_A.weight","dtype":"F32","shape":[8,4],)"
      R"("bytes":128,"file":"adapter_model.safetensors"}],"bytes":128,"problems":[]})");
}

TEST(InspectText, SumsUpLayersAndNamesProblems) {
  Folder folder;
  folder.put_model();
  folder.put("pytorch_model.bin", "x");
  const std::string text = inspect_text(folder.inspect());
  EXPECT_NE(text.find("model.layers.*.w"), std::string::npos) << text;
  EXPECT_NE(text.find("4 tensors in 1 file,"), std::string::npos) << text;
  EXPECT_NE(text.find("weights-in-two-formats: pytorch_model.bin"), std::string::npos) << text;
}

TEST(InspectText, LetsNoTerminalCodesThrough) {
  Folder folder;
  folder.put("model.safetensors", safetensors_file({{"\x1b[2J\nkind     decoder", Dtype::kF32, {1}}}));
  const std::string text = inspect_text(folder.inspect());
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("\nkind     decoder"), std::string::npos);
}

}  // namespace
}  // namespace slipway::run
