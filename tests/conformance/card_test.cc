// What `card` promises, from the command line, on a disk in memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "cli/app.h"
#include "flow/ledger.h"
#include "flow/state_folder.h"
#include "os/observed_file_system.h"
#include "slipway/json.h"
#include "support/hub_ground.h"

namespace slipway::cli {
namespace {

constexpr const char* kRun = "/runs/chatml-full";
constexpr const char* kReadme = "/runs/chatml-full/README.md";

// A disk on which nothing under one folder can be changed.
class ReadOnlyFolder : public os::ObservedFileSystem {
 public:
  ReadOnlyFolder(os::FileSystem& inner, std::string folder)
      : ObservedFileSystem(inner), folder_(std::move(folder)) {}

  Result<void> before(os::FileCall call, const os::Path& path) override {
    const bool changes = call == os::FileCall::kCreateNew || call == os::FileCall::kOpenWrite ||
                         call == os::FileCall::kRename || call == os::FileCall::kRemove ||
                         call == os::FileCall::kMakeDir || call == os::FileCall::kLock;
    if (!changes || !path.starts_with(folder_ + "/")) return {};
    return std::unexpected(
        Error{.code = ErrorCode::kIo, .message = path + ": read-only file system", .os_error = EROFS});
  }

 private:
  std::string folder_;
};

class CardCommand : public ::testing::Test {
 protected:
  int say(testing::Publisher& at, std::vector<std::string> words) {
    os::World world = at.parts().world();
    os::StringTerminal terminal;
    const int code = run(world, terminal, words);
    out_ = terminal.out();
    err_ = terminal.err();
    return code;
  }
  int say(std::vector<std::string> words) { return say(here_, std::move(words)); }

  json::Value last_line() const {
    const std::size_t end = out_.rfind('\n');
    const std::size_t begin = out_.rfind('\n', end - 1);
    return json::parse(out_.substr(begin == std::string::npos ? 0 : begin + 1, end - begin)).value();
  }

  // Every file of the run but the state, as it is.
  static std::map<std::string, std::string> run_files(testing::Publisher& at, const std::string& folder) {
    std::map<std::string, std::string> files;
    const auto entries = at.disk().list(folder).value();
    for (const os::DirEntry& entry : entries) {
      const auto text = at.disk().text(folder + "/" + entry.name);
      if (text) files[entry.name] = *text;
    }
    return files;
  }

  std::vector<std::string> codes_found() const {
    std::vector<std::string> codes;
    const json::Value line = last_line();
    for (const json::Value& finding : line.find("findings")->items())
      codes.push_back(finding.find("code")->string());
    return codes;
  }

  void put_card(const std::string& front) {
    here_.disk().put(kReadme, "---\n" + front + "\n---\n\n# Mine\n\nWords of a person.\n");
  }

  testing::HubGround hub_;
  testing::Publisher here_{&hub_.transport()};
  std::string out_;
  std::string err_;
};

TEST_F(CardCommand, WritesTheBytesThatPublishWritesAndNothingElse) {
  for (const std::string run : {"/runs/chatml-full", "/runs/lora"}) {
    testing::Publisher published(&hub_.transport());
    ASSERT_EQ(say(published, {"publish", run, "--no-push", "--tag", "mine", "--language", "en"}), 0) << err_;
    auto expected = run_files(here_, run);
    ASSERT_EQ(say({"card", run, "--tag", "mine", "--language", "en"}), 0) << err_;
    const auto card = published.disk().text(run + "/README.md");
    ASSERT_TRUE(card);
    EXPECT_NE(card, expected["README.md"]);
    expected["README.md"] = *card;
    expected["loss-curve.svg"] = published.disk().text(run + "/loss-curve.svg").value();
    EXPECT_EQ(run_files(here_, run), expected);
  }
  EXPECT_TRUE(here_.transport().requests().empty());
}

TEST_F(CardCommand, ACheckNamesTheLineOfEveryFinding) {
  put_card("license: nonsense\ntags:\n- 3");
  EXPECT_EQ(say({"card", kRun, "--check"}), 5);
  EXPECT_NE(err_.find("README.md:2: error: \"license\""), std::string::npos) << err_;
  EXPECT_NE(err_.find("README.md:4: error: \"tags[0]\""), std::string::npos) << err_;
  EXPECT_EQ(say({"card", kRun, "--check", "--json"}), 5);
  const json::Value line = last_line();
  EXPECT_EQ(line.find("findings")->items().front().find("line")->as_int(), 2) << out_;
}

TEST_F(CardCommand, AStaleCardIsNamedFromTheFirstLineThatWouldBeAnother) {
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  std::string card = here_.disk().text(kReadme).value();
  card.replace(card.find("## Quick start"), 14, "## Quick  start");
  here_.disk().put(kReadme, card);
  EXPECT_EQ(say({"card", kRun, "--check"}), 5);
  const auto line = std::count(card.begin(), card.begin() + std::ptrdiff_t(card.find("## Quick")), '\n') + 1;
  EXPECT_NE(err_.find("README.md:" + std::to_string(line) + ": error: the card does not say"),
            std::string::npos)
      << err_;
}

TEST_F(CardCommand, ChecksAnyCardByItself) {
  here_.disk().put("/cards/MODEL.md", "---\nlicense: mit\n---\n# x\n");
  EXPECT_EQ(say({"card", "/cards/MODEL.md", "--check"}), 0) << err_;
  here_.disk().put("/cards/MODEL.md", "---\n\nlicense: [1]\n---\n# x\n");
  EXPECT_EQ(say({"card", "/cards/MODEL.md", "--check"}), 5);
  EXPECT_NE(err_.find("MODEL.md:3: error: "), std::string::npos) << err_;
  EXPECT_EQ(say({"card", "/cards/NONE.md", "--check"}), 10);
}

TEST_F(CardCommand, MetricsThatTheCardHasNoRoomForAreCounted) {
  std::string many = "{\"eval_loss\": 1.0";
  for (int i = 0; i < 70; ++i) many += ", \"eval_m" + std::to_string(i) + "\": 0.5";
  here_.disk().put(std::string(kRun) + "/eval_results.json", many + "}");
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  EXPECT_NE(err_.find("eval_results.json: the card shows the first 64 metrics and leaves 7 out"),
            std::string::npos)
      << err_;
}

TEST_F(CardCommand, LeavesNothingOfTheCardToPublish) {
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  const auto card = here_.disk().text(kReadme);
  ASSERT_EQ(say({"publish", kRun, "--no-push", "--json"}), 0) << err_;
  EXPECT_EQ(out_.find("\"code\":\"card-"), std::string::npos) << out_;
  EXPECT_EQ(here_.disk().text(kReadme), card);
}

TEST_F(CardCommand, NamesTheTargetThatTheRecipePublishesTo) {
  const std::vector<std::string> recipe{"--set", "push_to_hub=true", "--set", "hub_model_id=me/tiny"};
  std::vector<std::string> words{"card", kRun};
  words.insert(words.end(), recipe.begin(), recipe.end());
  ASSERT_EQ(say(words), 0) << err_;
  EXPECT_TRUE(here_.transport().requests().empty());
  EXPECT_NE(here_.disk().text(kReadme)->find("me/tiny"), std::string::npos);
}

TEST_F(CardCommand, APublishWithoutAPushWritesTheSameCard) {
  const std::vector<std::string> recipe{"--set", "push_to_hub=true", "--set", "hub_model_id=me/tiny"};
  std::vector<std::string> publish{"publish", kRun, "--no-push"};
  std::vector<std::string> check{"card", kRun, "--check", "--json"};
  for (auto* words : {&publish, &check}) words->insert(words->end(), recipe.begin(), recipe.end());
  ASSERT_EQ(say(publish), 0) << err_;
  EXPECT_NE(here_.disk().text(kReadme)->find("model=\"me/tiny\""), std::string::npos);
  EXPECT_EQ(say(check), 0) << out_;
  EXPECT_TRUE(here_.transport().requests().empty());
}

TEST_F(CardCommand, TheRepositoryOfAPublishWithoutAPushIsRemembered) {
  ASSERT_EQ(say({"publish", kRun, "--no-push", "--to", "me/tiny"}), 0) << err_;
  EXPECT_NE(here_.disk().text(kReadme)->find("model=\"me/tiny\""), std::string::npos);
  EXPECT_EQ(say({"card", kRun, "--check", "--json"}), 0) << out_;
}

TEST_F(CardCommand, ChangesNothingTheSecondTime) {
  ASSERT_EQ(say({"card", kRun, "--json"}), 0) << err_;
  EXPECT_EQ(last_line().find("changed")->as_bool(), true);
  const auto card = here_.disk().text(kReadme);
  ASSERT_EQ(say({"card", kRun, "--json"}), 0) << err_;
  EXPECT_EQ(last_line().find("changed")->as_bool(), false);
  EXPECT_EQ(last_line().find("fixes")->items().size(), 0u);
  EXPECT_EQ(here_.disk().text(kReadme), card);
}

TEST_F(CardCommand, KeepsWhatPeopleWroteAndUndoTakesItBack) {
  put_card("license: mit\nmy_key: kept");
  const auto before = run_files(here_, kRun);
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  const std::string card = here_.disk().text(kReadme).value();
  EXPECT_NE(card, before.at("README.md"));
  EXPECT_NE(card.find("Words of a person."), std::string::npos);
  EXPECT_NE(card.find("my_key: kept"), std::string::npos);
  ASSERT_EQ(say({"undo", kRun}), 0) << err_;
  EXPECT_EQ(run_files(here_, kRun), before);
}

TEST_F(CardCommand, KeepsWordsAddedAroundItsOwnRegions) {
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  here_.disk().put(kReadme, *here_.disk().text(kReadme) + "\n## Limits\n\nNot for medicine.\n");
  ASSERT_EQ(say({"card", kRun, "--license", "mit"}), 0) << err_;
  const std::string card = here_.disk().text(kReadme).value();
  EXPECT_NE(card.find("license: mit\n"), std::string::npos) << card;
  EXPECT_TRUE(card.ends_with("\n## Limits\n\nNot for medicine.\n")) << card;
}

TEST_F(CardCommand, LeavesAnInterruptedPublishToPublish) {
  os::World world = here_.parts().world();
  {
    const auto state = flow::StateFolder::open(world, kRun);
    ASSERT_TRUE(state);
    auto journal = flow::Journal::open(world.files, state->paths().journal());
    ASSERT_TRUE(journal);
    const flow::Intent intent{.edits = {{.path = "README.md"}, {.path = "config.json"}}};
    ASSERT_TRUE(journal->append(flow::RecordType::kIntent, flow::to_json(intent)));
  }
  const auto before = run_files(here_, kRun);
  EXPECT_EQ(say({"card", kRun}), 1);
  EXPECT_NE(err_.find("`slipway undo /runs/chatml-full`"), std::string::npos) << err_;
  EXPECT_EQ(run_files(here_, kRun), before);
}

TEST_F(CardCommand, UndoRemovesACardThatWasNotThere) {
  os::World world = here_.parts().world();
  ASSERT_TRUE(world.files.remove(kReadme));
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  EXPECT_TRUE(here_.disk().text(kReadme));
  ASSERT_EQ(say({"undo", kRun}), 0) << err_;
  EXPECT_FALSE(here_.disk().text(kReadme));
}

TEST_F(CardCommand, WhatItWroteStandsTheCheck) {
  for (const std::string run : {"/runs/chatml-full", "/runs/lora"}) {
    ASSERT_EQ(say({"card", run}), 0) << err_;
    ASSERT_EQ(say({"card", run, "--check", "--json"}), 0) << err_;
    EXPECT_EQ(last_line().find("findings")->items().size(), 0u) << out_;
  }
}

TEST_F(CardCommand, CheckNamesAWrongLicenceAndWritesNothing) {
  put_card("license: apache2\ntags: one");
  const std::uint64_t changes = here_.disk().changes();
  EXPECT_EQ(say({"card", kRun, "--check"}), 5);
  EXPECT_NE(err_.find("README.md:2: error: \"license\" must be one of"), std::string::npos) << err_;
  EXPECT_NE(err_.find("README.md:3: error: \"tags\" must be an array"), std::string::npos) << err_;
  EXPECT_EQ(std::ranges::count(err_, '\n'), 3) << err_;  // a line each, and the outcome
  EXPECT_EQ(here_.disk().changes(), changes);
}

TEST_F(CardCommand, CheckGivesItsFindingsAsJson) {
  put_card("license: apache2");
  EXPECT_EQ(say({"card", kRun, "--check", "--json"}), 5);
  const json::Value result = last_line();
  EXPECT_EQ(result.find("ok")->as_bool(), false);
  EXPECT_EQ(result.find("exit_code")->as_int(), 5);
  ASSERT_EQ(result.find("findings")->items().size(), 1u);
  const json::Value& finding = result.find("findings")->items().front();
  EXPECT_EQ(finding.find("code")->string(), "card-refused");
  EXPECT_EQ(finding.find("severity")->string(), "error");
  EXPECT_EQ(finding.find("file")->string(), "README.md");
  EXPECT_EQ(finding.find("path")->string(), "license");
}

TEST_F(CardCommand, CheckTakesWhatTheHubOnlyWarnsOf) {
  put_card("license: mit\npipeline_tag: mind-reading");
  EXPECT_EQ(say({"card", kRun, "--check"}), 0);
  EXPECT_NE(err_.find("README.md:3: warning: \"pipeline_tag\""), std::string::npos) << err_;
}

TEST_F(CardCommand, CheckFindsACardThatTheTrainerWrote) {
  EXPECT_EQ(say({"card", kRun, "--check", "--json"}), 5);
  EXPECT_EQ(codes_found(), (std::vector<std::string>{"loss-curve", "card-generated"}));
}

TEST_F(CardCommand, CheckNeedsNoFlagsOfTheCommandThatWroteTheCard) {
  ASSERT_EQ(say({"card", kRun, "--recipe", "/recipes/chatml-full.yaml", "--model-name", "A name", "--tag",
                 "mine", "--license", "mit", "--language", "en"}),
            0)
      << err_;
  ASSERT_EQ(say({"card", kRun, "--check", "--json"}), 0) << out_;
  EXPECT_TRUE(codes_found().empty()) << out_;
  EXPECT_TRUE(here_.transport().requests().empty());
}

TEST_F(CardCommand, CheckFindsAStaleCardAndChangesNothing) {
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  const std::string results = std::string(kRun) + "/eval_results.json";
  here_.disk().put(results, R"({"epoch": 8.0, "eval_loss": 0.25})");
  const auto before = run_files(here_, kRun);
  EXPECT_EQ(say({"card", kRun, "--check"}), 5);
  EXPECT_NE(err_.find("README.md:18: error: the card does not say what the run"), std::string::npos) << err_;
  EXPECT_NE(err_.find("`slipway card /runs/chatml-full` renews it"), std::string::npos) << err_;
  EXPECT_EQ(say({"card", kRun, "--check", "--json"}), 5);
  EXPECT_EQ(codes_found(), std::vector<std::string>{"card-stale"});
  EXPECT_EQ(run_files(here_, kRun), before);
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  EXPECT_EQ(say({"card", kRun, "--check"}), 0) << err_;
}

TEST_F(CardCommand, CheckFindsAPictureOfAnotherLog) {
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  const std::string picture = std::string(kRun) + "/loss-curve.svg";
  here_.disk().put(picture, "<svg><!-- slipway: loss curve --></svg>\n");
  EXPECT_EQ(say({"card", kRun, "--check", "--json"}), 5);
  EXPECT_EQ(codes_found(), std::vector<std::string>{"loss-curve"});
}

TEST_F(CardCommand, APersonsOwnCardIsNeverStale) {
  put_card("license: mit");
  EXPECT_EQ(say({"card", kRun, "--check"}), 0) << err_;
}

TEST_F(CardCommand, CheckOfAFolderWithoutWeightsHoldsOnlyToTheHubsRules) {
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  here_.disk().put("/alone/README.md", *here_.disk().text(kReadme));
  EXPECT_EQ(say({"card", "/alone", "--check"}), 0) << err_;
  EXPECT_NE(err_.find("(card-not-compared)"), std::string::npos) << err_;
}

TEST_F(CardCommand, APictureThatIsNotOursIsNeitherShownNorReplaced) {
  const std::string picture = std::string(kRun) + "/loss-curve.svg";
  here_.disk().put(picture, "<svg/>");
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  EXPECT_EQ(here_.disk().text(picture), "<svg/>");
  EXPECT_EQ(here_.disk().text(kReadme)->find("loss-curve.svg"), std::string::npos);
}

TEST_F(CardCommand, TheLogOfTheNewestCheckpointWillDo) {
  const std::string state = std::string(kRun) + "/trainer_state.json";
  const std::string text = here_.disk().text(state).value();
  os::World world = here_.parts().world();
  ASSERT_TRUE(world.files.remove(state));
  here_.disk().put(std::string(kRun) + "/checkpoint-160/trainer_state.json", text);
  here_.disk().put(std::string(kRun) + "/checkpoint-80/trainer_state.json", "{}");
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  EXPECT_NE(here_.disk().text(kReadme)->find("| 160 | 8 | 0.356 | 0.3638 |"), std::string::npos);
}

TEST_F(CardCommand, ADamagedLogIsSaidAndTheCardWritten) {
  here_.disk().put(std::string(kRun) + "/trainer_state.json", "{\"log_history\": [");
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  EXPECT_NE(err_.find("(training-log-unread)"), std::string::npos) << err_;
  EXPECT_FALSE(here_.disk().text(std::string(kRun) + "/loss-curve.svg"));
}

// What a Hub holds is the release: without the log, the recipe and the trainer's card.
TEST_F(CardCommand, WhatOnlyAnEarlierCardKnowsStays) {
  ASSERT_EQ(say({"card", kRun, "--recipe", "/recipes/chatml-full.yaml"}), 0) << err_;
  const auto card = here_.disk().text(kReadme);
  os::World world = here_.parts().world();
  ASSERT_TRUE(world.files.remove(std::string(kRun) + "/trainer_state.json"));
  ASSERT_EQ(say({"card", kRun}), 0) << err_;
  EXPECT_EQ(here_.disk().text(kReadme), card);
}

// Staged beside the run a card would be of no use to anyone: it is refused, and the way out named.
TEST_F(CardCommand, ARunThatCannotBeWrittenIsRefusedAndStillChecked) {
  const auto before = run_files(here_, kRun);
  ReadOnlyFolder files(here_.disk(), kRun);
  os::World world = here_.parts().world_on(files);
  os::StringTerminal terminal;
  EXPECT_EQ(run(world, terminal, {"card", kRun}), 1);
  EXPECT_NE(terminal.err().find("`slipway publish /runs/chatml-full --out DIR`"), std::string::npos)
      << terminal.err();
  EXPECT_EQ(run(world, terminal, {"card", kRun, "--check"}), 5);  // the trainer's card
  EXPECT_EQ(run_files(here_, kRun), before);
}

TEST_F(CardCommand, CheckOfNoCardSaysWhoWritesIt) {
  os::World world = here_.parts().world();
  ASSERT_TRUE(world.files.remove(kReadme));
  EXPECT_EQ(say({"card", kRun, "--check"}), 10);
  EXPECT_NE(err_.find("`slipway card /runs/chatml-full` writes it"), std::string::npos) << err_;
}

}  // namespace
}  // namespace slipway::cli
