// doctor and verify from the command line, on folders and on repositories of the embedded Hub.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "cli/app.h"
#include "flow/ledger.h"
#include "flow/state_folder.h"
#include "os/path.h"
#include "support/golden.h"
#include "support/hub_ground.h"

namespace slipway::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

class DoctorTest : public ::testing::Test {
 protected:
  DoctorTest() : publisher_(&hub_.transport()) {
    publisher_.parts().environment.values["HF_ENDPOINT"] = "http://hub.test";
  }

  int say(std::vector<std::string> words) {
    os::World world = publisher_.parts().world();
    os::StringTerminal terminal;
    words.push_back("--json");
    const int code = run(world, terminal, words);
    const std::string out = terminal.out();
    const std::size_t last = out.rfind('\n', out.size() - 2);
    result_ = json::parse(out.substr(last == std::string::npos ? 0 : last + 1)).value();
    return code;
  }

  std::vector<std::string> codes(std::string_view list) const {
    std::vector<std::string> all;
    for (const json::Value& row : result_.find(list)->items()) all.push_back(row.find("code")->string());
    return all;
  }

  void push_run(const std::string& repo) {
    const auto pushed = publisher_.push({.folder = "/runs/chatml-full", .repo = repo, .make_private = false});
    ASSERT_TRUE(pushed) << describe(pushed.error());
  }

  std::string read(const std::string& path) {
    return os::read_file(publisher_.disk(), path, 1 << 20).value();
  }

  testing::HubGround hub_;
  testing::Publisher publisher_;
  json::Value result_{};
};

TEST_F(DoctorTest, FindsNamesMendsAndFindsNoMore) {
  const os::MemTree before = testing::run_tree(publisher_.disk(), "/runs/chatml-full");
  EXPECT_EQ(say({"doctor", "/runs/chatml-full"}), 5);
  EXPECT_THAT(codes("findings"), Contains("eos-missing-turn-end"));
  EXPECT_THAT(codes("notes"), Contains("template-in-file-only"));
  EXPECT_EQ(testing::run_tree(publisher_.disk(), "/runs/chatml-full"), before);
  EXPECT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 0);
  EXPECT_THAT(codes("mended"), Contains("eos-missing-turn-end"));
  EXPECT_TRUE(codes("findings").empty());
  EXPECT_EQ(say({"doctor", "/runs/chatml-full"}), 0);
  EXPECT_EQ(say({"undo", "/runs/chatml-full"}), 0);
  EXPECT_EQ(testing::run_tree(publisher_.disk(), "/runs/chatml-full"), before);
}

TEST_F(DoctorTest, OfARepositoryReadsNoWeightsAndMendsByAPullRequest) {
  push_run("me/raw");
  publisher_.transport().clear();
  EXPECT_EQ(say({"doctor", "hf://me/raw"}), 5);
  EXPECT_THAT(codes("findings"), Contains("eos-missing-turn-end"));
  EXPECT_EQ(publisher_.transport().count("POST"), 0U);
  const auto main = testing::remote_tree(hub_.transport(), "me/raw");
  EXPECT_EQ(say({"doctor", "hf://me/raw", "--fix"}), 0);
  EXPECT_EQ(result_.find("pull_request")->as_int(), 1);
  EXPECT_EQ(testing::remote_tree(hub_.transport(), "me/raw"), main);
  EXPECT_EQ(say({"doctor", "hf://me/raw@refs/pr/1"}), 0);
  EXPECT_EQ(say({"verify", "hf://me/raw@refs/pr/1"}), 0);
  EXPECT_EQ(say({"doctor", "hf://me/raw", "--fix"}), 0);  // the same pull request is found
  EXPECT_EQ(result_.find("changed")->as_bool(), false);
  EXPECT_EQ(result_.find("pull_request")->as_int(), 1);
}

TEST_F(DoctorTest, WeightsThatNoLoaderTakesAreMovedAsideAndComeBack) {
  os::MemFileSystem& disk = publisher_.disk();
  disk.put("/runs/chatml-full/model-00004-of-00004.safetensors", "older");
  disk.put("/runs/chatml-full/model-00002-of-00004.safetensors", "older");
  const os::MemTree before = testing::run_tree(disk, "/runs/chatml-full");
  EXPECT_EQ(say({"doctor", "/runs/chatml-full"}), 5);
  EXPECT_THAT(codes("findings"), Contains("stale-weights"));
  EXPECT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 0);
  EXPECT_EQ(disk.stat("/runs/chatml-full/model-00004-of-00004.safetensors").error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(say({"doctor", "/runs/chatml-full"}), 0);
  EXPECT_EQ(say({"undo", "/runs/chatml-full"}), 0);
  EXPECT_EQ(testing::run_tree(disk, "/runs/chatml-full"), before);
}

TEST_F(DoctorTest, PickledWeightsBesideAreANoteAndStay) {
  os::MemFileSystem& disk = publisher_.disk();
  ASSERT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 0);
  for (const char* name : {"pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin",
                           "pytorch_model.bin.index.json"})
    disk.put("/runs/chatml-full/" + std::string(name), "old");
  EXPECT_EQ(say({"verify", "/runs/chatml-full"}), 0);
  EXPECT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 0);
  EXPECT_THAT(codes("notes"), Contains("weights-in-two-formats"));
  EXPECT_TRUE(disk.stat("/runs/chatml-full/pytorch_model-00002-of-00002.bin"));
}

// The pickle stands for the run's weights in `folder`.
void pickle_weights(os::MemFileSystem& disk, const std::string& folder) {
  for (const char* name : {"model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                           "model-00003-of-00003.safetensors", "model.safetensors.index.json"})
    ASSERT_TRUE(disk.remove("/runs/chatml-full/" + std::string(name)));
  // Five floats are no model of a class whose names are known.
  std::string config = disk.text("/runs/chatml-full/config.json").value();
  config.replace(config.find("LlamaForCausalLM"), 5, "Olmo");
  disk.put("/runs/chatml-full/config.json", config);
  const json::Value old = *testing::golden_json("pickle/pickle_cases.json").find("legacy_file");
  disk.put(folder + "/pytorch_model.bin", base64_decode(testing::text_of(old, "file_b64")).value());
}

TEST_F(DoctorTest, PickledWeightsStayAndWhatLiesBesideIsMended) {
  os::MemFileSystem& disk = publisher_.disk();
  pickle_weights(disk, "/runs/chatml-full");
  EXPECT_EQ(say({"doctor", "/runs/chatml-full"}), 5);
  EXPECT_THAT(codes("findings"), IsSupersetOf({"eos-missing-turn-end", "weights-pickled"}));
  EXPECT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 5);
  EXPECT_THAT(codes("findings"), ElementsAre("weights-pickled"));
  EXPECT_THAT(result_.find("findings")->items()[0].find("message")->string(),
              HasSubstr("`slipway publish /runs/chatml-full --out DIR`"));
  EXPECT_EQ(say({"verify", "/runs/chatml-full"}), 0);
  EXPECT_EQ(result_.find("bytes")->as_int(), 20);  // five floats
  EXPECT_EQ(say({"undo", "/runs/chatml-full"}), 0);
}

TEST_F(DoctorTest, TakesTheCheckpointThatPublishTakesAndSaysSo) {
  os::MemFileSystem& disk = publisher_.disk();
  pickle_weights(disk, "/runs/chatml-full/checkpoint-7");
  disk.put("/runs/chatml-full/checkpoint-9/pytorch_model.bin", "cut");
  for (const char* verb : {"doctor", "verify"}) {
    say({verb, "/runs/chatml-full"});
    EXPECT_THAT(codes("notes"), IsSupersetOf({"checkpoint-picked", "checkpoint-passed-over"})) << verb;
    EXPECT_THAT(codes("findings"), Contains("weights-pickled")) << verb;
  }
  EXPECT_EQ(say({"card", "/runs/chatml-full"}), 0);
  EXPECT_THAT(codes("warnings"), Contains("checkpoint-picked"));
  EXPECT_EQ(say({"card", "/runs/chatml-full", "--check"}), 0);
  EXPECT_EQ(say({"publish", "/runs/chatml-full", "--no-push"}), 2);
}

TEST_F(DoctorTest, UndoFollowsNoLinkOutOfTheRun) {
  os::MemFileSystem& disk = publisher_.disk();
  const os::Path state = flow::state_inside("/runs/chatml-full").folder;
  ASSERT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 0);
  disk.put("/elsewhere/secret", "mine");
  ASSERT_TRUE(disk.make_symlink("/elsewhere", "/runs/chatml-full/logs"));
  disk.put(state + "/aside/x", "theirs");
  {
    auto journal = flow::Journal::open(disk, state + "/journal").value();
    ASSERT_TRUE(journal.append(flow::RecordType::kAside,
                               flow::to_json(flow::Aside{.path = "logs/.bashrc", .name = "x"})));
  }
  EXPECT_EQ(say({"undo", "/runs/chatml-full"}), 1);
  EXPECT_EQ(disk.stat("/elsewhere/.bashrc").error().code, ErrorCode::kNotFound);
}

TEST_F(DoctorTest, UndoTakesNoOtherBytesForTheOriginal) {
  os::MemFileSystem& disk = publisher_.disk();
  const os::Path state = flow::state_inside("/runs/chatml-full").folder;
  ASSERT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 0);
  disk.put("/elsewhere/secret", "mine");
  for (const os::DirEntry& entry : disk.list(state + "/originals").value_or(std::vector<os::DirEntry>())) {
    ASSERT_TRUE(disk.remove(state + "/originals/" + entry.name));
    ASSERT_TRUE(disk.make_symlink("/elsewhere/secret", state + "/originals/" + entry.name));
  }
  EXPECT_EQ(say({"undo", "/runs/chatml-full"}), 5);
  EXPECT_EQ(read("/runs/chatml-full/generation_config.json").find("mine"), std::string::npos);
}

TEST_F(DoctorTest, ACureOfARepositoryIsMadeOnWhatWasLookedAtAndMakesNoManifest) {
  push_run("me/raw");
  ASSERT_EQ(say({"repo", "create", "me/bare", "--public"}), 0);
  EXPECT_EQ(say({"doctor", "hf://me/raw@dev", "--fix"}), 10);
  EXPECT_EQ(say({"doctor", "hf://me/raw", "--fix"}), 0);
  os::World world = publisher_.parts().world();
  hub::Client client(world, testing::test_client());
  const auto tree = client.tree({"me", "raw"}, "refs/pr/1").value();
  const bool before = client.fetch_text({"me", "raw"}, "main", ".slipway.json", 1 << 20)->has_value();
  EXPECT_EQ(std::ranges::count(tree, ".slipway.json", &hub::RemoteFile::path), before ? 1 : 0);
}

TEST_F(DoctorTest, WhatPublishRefusesIsAFindingThatNeedsAHand) {
  os::MemFileSystem& disk = publisher_.disk();
  ASSERT_TRUE(disk.remove("/runs/chatml-full/model-00002-of-00003.safetensors"));
  EXPECT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 5);
  EXPECT_THAT(codes("findings"), Contains("weights-damaged"));
}

TEST_F(DoctorTest, AJournalThatNamesAPlaceOutsideOfTheRunIsRefused) {
  os::MemFileSystem& disk = publisher_.disk();
  ASSERT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 0);
  disk.put("/elsewhere/file", "mine");
  for (const char* path : {"/elsewhere/file", "../../elsewhere/file"}) {
    auto journal = flow::Journal::open(disk, flow::state_inside("/runs/chatml-full").journal()).value();
    ASSERT_TRUE(journal.append(flow::RecordType::kOriginal, flow::to_json(flow::Original{.path = path})));
    EXPECT_EQ(say({"undo", "/runs/chatml-full"}), 5) << path;
    EXPECT_EQ(read("/elsewhere/file"), "mine");
  }
}

TEST_F(DoctorTest, ALinkWhereTheStateIsKeptIsNeverWrittenThrough) {
  os::MemFileSystem& disk = publisher_.disk();
  disk.put("/elsewhere/file", "mine");
  ASSERT_TRUE(os::make_dirs(disk, flow::state_inside("/runs/chatml-full").folder));
  const std::string lock = flow::state_inside("/runs/chatml-full").lock();
  ASSERT_TRUE(disk.make_symlink("/elsewhere/file", lock));
  EXPECT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 1);
  EXPECT_THAT(result_.find("error")->find("message")->string(), HasSubstr(lock));
  ASSERT_TRUE(disk.remove(lock));
  ASSERT_TRUE(os::remove_tree(disk, "/runs/chatml-full/.cache"));
  ASSERT_TRUE(disk.make_symlink("/elsewhere", "/runs/chatml-full/.cache"));
  EXPECT_EQ(say({"doctor", "/runs/chatml-full", "--fix"}), 1);
  EXPECT_EQ(read("/elsewhere/file"), "mine");
}

TEST_F(DoctorTest, AFindingThatNoFixMendsIsLeftAndSaid) {
  os::MemFileSystem& disk = publisher_.disk();
  ASSERT_TRUE(disk.remove("/runs/chatml-full/tokenizer.json"));
  ASSERT_TRUE(disk.remove("/runs/chatml-full/tokenizer_config.json"));
  EXPECT_EQ(say({"doctor", "/runs/chatml-full"}), 5);
  EXPECT_THAT(codes("findings"), Contains("release-refused"));
}

TEST_F(DoctorTest, VerifyFindsAByteThatIsNotTheManifests) {
  ASSERT_TRUE(publisher_.publish({.run = "/runs/chatml-full", .push = true, .to = "me/good"}));
  EXPECT_EQ(say({"pull", "me/good", "--out", "/copy"}), 0);
  EXPECT_EQ(say({"verify", "/copy"}), 0);
  const std::string shard = "/copy/model-00001-of-00003.safetensors";
  std::string bytes = read(shard);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(os::replace_file(publisher_.disk(), shard, as_bytes(bytes)));
  EXPECT_EQ(say({"verify", "/copy"}), 5);
  ASSERT_THAT(codes("findings"), Contains("hash-differs"));
  EXPECT_EQ(result_.find("findings")->items()[0].find("file")->string(), "model-00001-of-00003.safetensors");
}

TEST_F(DoctorTest, VerifyWritesWhatCiSystemsShow) {
  EXPECT_EQ(say({"verify", "/runs/chatml-full", "--sarif", "/out.sarif", "--junit", "/out.xml"}), 5);
  const json::Value sarif = json::parse(read("/out.sarif")).value();
  const json::Value& run = sarif.find("runs")->items()[0];
  EXPECT_EQ(run.find("results")->items()[0].find("ruleId")->string(), "eos-missing-turn-end");
  EXPECT_EQ(run.find("results")->items()[0].find("level")->string(), "error");
  const std::string junit = read("/out.xml");
  EXPECT_THAT(junit, HasSubstr("failures=\"1\""));
  EXPECT_THAT(junit, HasSubstr("<testcase classname=\"slipway.verify\" name=\"generation_config.json\">"));
}

}  // namespace
}  // namespace slipway::cli
