// What `--eval` promises, from the command line: results on registered benchmarks are part of the release.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/app.h"
#include "slipway/json.h"
#include "support/hub_ground.h"

namespace slipway::cli {
namespace {

constexpr const char* kRun = "/runs/chatml-full";
constexpr const char* kWritten = ".eval_results/openai-gsm8k.yaml";
constexpr const char* kGood = "- dataset: {id: openai/gsm8k, task_id: gsm8k}\n  value: 0.5\n";

class EvalFlag : public ::testing::Test {
 protected:
  void SetUp() override { here_.disk().put("/eval.yaml", kGood); }

  int say(std::vector<std::string> words) {
    os::World world = here_.parts().world();
    os::StringTerminal terminal;
    const int code = run(world, terminal, words);
    out_ = terminal.out();
    err_ = terminal.err();
    return code;
  }

  json::Value last_line() const {
    const std::size_t end = out_.rfind('\n');
    const std::size_t begin = out_.rfind('\n', end - 1);
    return json::parse(out_.substr(begin == std::string::npos ? 0 : begin + 1, end - begin)).value();
  }

  std::optional<std::string> written() { return here_.disk().text(std::string(kRun) + "/" + kWritten); }

  testing::HubGround hub_;
  testing::Publisher here_{&hub_.transport()};
  std::string out_;
  std::string err_;
};

TEST_F(EvalFlag, ADryRunShowsTheFileAndWritesNothing) {
  ASSERT_EQ(say({"publish", kRun, "--no-push", "--eval", "/eval.yaml", "--dry-run", "--json"}), 0) << out_;
  EXPECT_NE(out_.find(kWritten), std::string::npos) << out_;
  EXPECT_FALSE(written());
}

TEST_F(EvalFlag, TheFileIsPublishedOnceAndStaysInLaterReleases) {
  ASSERT_EQ(say({"publish", kRun, "--to", "me/tiny", "--eval", "/eval.yaml", "--json"}), 0) << out_;
  EXPECT_NE(out_.find(fmt::format("\"path\":\"{}\"", kWritten)), std::string::npos) << out_;
  EXPECT_EQ(written(), "- dataset:\n    id: openai/gsm8k\n    task_id: gsm8k\n  value: 0.5\n");
  for (const bool named : {true, false}) {
    std::vector<std::string> words{"publish", kRun, "--to", "me/tiny", "--json"};
    if (named) words.insert(words.end(), {"--eval", "/eval.yaml"});
    ASSERT_EQ(say(words), 0) << out_;
    EXPECT_EQ(last_line().find("changed")->as_bool(), false) << out_;
  }
}

TEST_F(EvalFlag, CardWritesItAndUndoTakesItBack) {
  ASSERT_EQ(say({"card", kRun, "--eval", "/eval.yaml", "--json"}), 0) << out_;
  EXPECT_TRUE(written());
  ASSERT_EQ(say({"card", kRun, "--eval", "/eval.yaml", "--json"}), 0) << out_;
  EXPECT_EQ(last_line().find("changed")->as_bool(), false) << out_;
  ASSERT_EQ(say({"undo", kRun}), 0) << err_;
  EXPECT_FALSE(written());
}

TEST_F(EvalFlag, WhatIsMalformedOrNotRegisteredIsRefusedByName) {
  here_.disk().put("/bad.yaml", "- dataset: {id: openai/gsm8k, task_id: gsm8k}\n  score: 1\n");
  EXPECT_EQ(say({"publish", kRun, "--no-push", "--eval", "/bad.yaml"}), 2);
  EXPECT_NE(err_.find("/bad.yaml: line 2: \"[0].score\""), std::string::npos) << err_;
  here_.disk().put("/own.yaml", "- dataset: {id: me/bench, task_id: x}\n  value: 1\n");
  EXPECT_EQ(say({"card", kRun, "--eval", "/own.yaml"}), 1);
  EXPECT_NE(err_.find("/own.yaml: line 1: 'me/bench'"), std::string::npos) << err_;
  EXPECT_EQ(say({"publish", kRun, "--no-push", "--eval", "/none.yaml"}), 10);
  EXPECT_FALSE(written());
}

}  // namespace
}  // namespace slipway::cli
