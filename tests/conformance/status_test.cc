// status from the command line: what a run's state, lock and an unfinished folder hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "flow/ledger.h"
#include "flow/out_folder.h"
#include "flow/state_folder.h"
#include "os/path.h"
#include "support/hub_ground.h"

namespace slipway::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

const std::string kRun = "/runs/chatml-full";

class StatusCommand : public ::testing::Test {
 protected:
  StatusCommand() : publisher_(&hub_.transport()) {}

  int say(std::vector<std::string> words) {
    os::World world = publisher_.parts().world();
    os::StringTerminal terminal;
    const bool json = words.back() != "--text";
    if (!json) words.pop_back();
    if (json) words.push_back("--json");
    const int code = run(world, terminal, words);
    text_ = terminal.out();
    if (!json) return code;
    const std::size_t last = text_.rfind('\n', text_.size() - 2);
    result_ = json::parse(text_.substr(last == std::string::npos ? 0 : last + 1)).value();
    return code;
  }

  std::vector<std::string> list(std::string_view key) const {
    std::vector<std::string> all;
    for (const json::Value& row : result_.find(key)->items()) all.push_back(row.string());
    return all;
  }

  testing::HubGround hub_;
  testing::Publisher publisher_;
  json::Value result_{};
  std::string text_{};
};

TEST_F(StatusCommand, TellsWhatWasChangedUntilItIsTakenBack) {
  const os::MemTree before = testing::run_tree(publisher_.disk(), kRun);
  EXPECT_EQ(say({"status", kRun}), 0);
  EXPECT_TRUE(result_.find("state")->is_null());
  ASSERT_EQ(say({"doctor", kRun, "--fix"}), 0);
  EXPECT_EQ(say({"status", kRun}), 0);
  EXPECT_THAT(list("changed"), IsSupersetOf({"README.md", "generation_config.json"}));
  EXPECT_THAT(list("made"), IsSupersetOf({"loss-curve.svg"}));
  EXPECT_TRUE(result_.find("held_by")->is_null());
  EXPECT_EQ(result_.find("interrupted")->as_bool(), false);
  EXPECT_EQ(say({"status", kRun, "--text"}), 0);
  EXPECT_THAT(text_, HasSubstr("`slipway undo " + kRun + "` takes it back"));
  ASSERT_EQ(say({"undo", kRun}), 0);
  EXPECT_EQ(say({"status", kRun}), 0);
  EXPECT_THAT(list("changed"), ElementsAre());
  EXPECT_EQ(testing::run_tree(publisher_.disk(), kRun), before);
}

TEST_F(StatusCommand, NamesWhoIsAtWork) {
  os::World world = publisher_.parts().world();
  world.process = "node7, process 12";
  const auto held = flow::StateFolder::open(world, kRun);
  ASSERT_TRUE(held) << describe(held.error());
  EXPECT_EQ(say({"status", kRun}), 0);
  EXPECT_EQ(result_.find("held_by")->string(), "node7, process 12");
}

TEST_F(StatusCommand, TellsHowFarAnInterruptedFolderGot) {
  os::MemFileSystem& disk = publisher_.disk();
  EXPECT_EQ(say({"status", "/release/"}), 10);
  disk.put_dir("/release.partial");
  auto journal = flow::Journal::open(disk, os::join("/release.partial", flow::kOutJournalName)).value();
  ASSERT_TRUE(journal.append(flow::RecordType::kDigest, flow::digest_json("model.safetensors", {})));
  EXPECT_EQ(say({"status", "/release/"}), 0);
  const json::Value& unfinished = *result_.find("unfinished");
  EXPECT_EQ(unfinished.find("folder")->string(), "/release.partial");
  EXPECT_EQ(unfinished.find("files")->items()[0].string(), "model.safetensors");
  EXPECT_EQ(say({"status", "/release", "--text"}), 0);
  EXPECT_THAT(text_, HasSubstr("/release.partial, with 1 whole file: the same command goes on there"));
}

TEST_F(StatusCommand, OfACheckpointThatStandsForItsRun) {
  os::MemFileSystem& disk = publisher_.disk();
  const auto entries = disk.list(kRun).value();
  for (const os::DirEntry& entry : entries) {
    const std::string name = os::join(kRun, entry.name);
    if (!entry.name.starts_with("model")) continue;
    disk.put(kRun + "/checkpoint-7/" + entry.name, *disk.text(name));
    ASSERT_TRUE(disk.remove(name));
  }
  ASSERT_EQ(say({"card", kRun}), 0);
  EXPECT_EQ(say({"status", kRun}), 0);
  EXPECT_THAT(result_.find("state")->string(), HasSubstr("/checkpoint-7/"));
  EXPECT_THAT(list("made"), ElementsAre("README.md"));
}

}  // namespace
}  // namespace slipway::cli
