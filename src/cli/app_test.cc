#include "cli/app.h"

#include <gtest/gtest.h>

#include <set>

#include "cli/flags.h"
#include "cli/help.h"
#include "os/path.h"
#include "os/posix_file_system.h"
#include "os/test_world.h"
#include "slipway/json.h"
#include "support/source_dir.h"

namespace slipway::cli {
namespace {

struct Outcome {
  int code = 0;
  std::string out{};
  std::string err{};
};

Outcome say(os::TestWorld& parts, std::vector<std::string> words) {
  os::World world = parts.world();
  os::StringTerminal terminal;
  const int code = run(world, terminal, words);
  return {code, terminal.out(), terminal.err()};
}

Outcome say(std::vector<std::string> words) {
  os::TestWorld parts;
  return say(parts, std::move(words));
}

json::Value last_line(const std::string& text) {
  const std::size_t end = text.rfind('\n');
  const std::size_t begin = text.rfind('\n', end - 1);
  return json::parse(text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin)).value();
}

TEST(Cli, PrintsItsVersionOnOneLine) { EXPECT_EQ(say({"--version"}).out, "slipway " SLIPWAY_VERSION "\n"); }

TEST(Cli, SuggestsTheNearestVerbAndFlag) {
  const Outcome verb = say({"pubish", "x"});
  EXPECT_EQ(verb.code, 2);
  EXPECT_NE(verb.err.find("did you mean slipway publish?"), std::string::npos) << verb.err;
  const Outcome flag = say({"publish", "x", "--dryrun"});
  EXPECT_EQ(flag.code, 2);
  EXPECT_NE(flag.err.find("did you mean --dry-run?"), std::string::npos) << flag.err;
}

TEST(Cli, HelpOfEveryCommandHasItsSummaryAndAnExample) {
  for (const Command& command : commands()) {
    std::vector<std::string> words;
    std::string name(command.name);
    for (std::size_t at = 0; at < name.size();) {
      const std::size_t space = std::min(name.find(' ', at), name.size());
      words.push_back(name.substr(at, space - at));
      at = space + 1;
    }
    words.push_back("--help");
    const Outcome help = say(words);
    EXPECT_EQ(help.code, 0) << name;
    EXPECT_NE(help.out.find(command.summary), std::string::npos) << name;
    EXPECT_NE(help.out.find(command.examples.front().command), std::string::npos) << name;
  }
}

TEST(Cli, ListsTheCommandsOfANoun) {
  const Outcome help = say({"hub", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_NE(help.out.find("hub token create"), std::string::npos);
  EXPECT_EQ(help.out.find("publish"), std::string::npos);
}

TEST(Cli, TheTableHasNoTwins) {
  std::set<std::string_view> names;
  for (const Command& command : commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_FALSE(command.examples.empty()) << command.name;
    std::set<std::string_view> flags;
    for (const auto table : {command.flags, global_flags()}) {
      for (const Flag& flag : table) {
        EXPECT_TRUE(flags.insert(flag.name).second) << command.name << " --" << flag.name;
        EXPECT_TRUE(flag.also.empty() || flags.insert(flag.also).second) << flag.also;
      }
    }
  }
}

TEST(Cli, ALongWaitIsToldOnStderrAloneAndNotWhenQuiet) {
  for (const bool quiet : {false, true}) {
    os::TestWorld parts;
    parts.transport.set_script([](const os::HttpRequest&, std::size_t index) {
      os::Mishap answer{
          .kind = os::Mishap::Kind::kStatus, .status = index == 0 ? 429 : 200, .body = R"({"name":"me"})"};
      if (index == 0) answer.headers.add("Retry-After", "30");
      return answer;
    });
    std::vector<std::string> words{"whoami", "--json"};
    if (quiet) words.emplace_back("-q");
    const Outcome done = say(parts, words);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.err.find("trying again in 31 s") == std::string::npos, quiet) << done.err;
    EXPECT_EQ(done.out.find("trying again"), std::string::npos);
  }
}

TEST(Cli, AFailureIsOneJsonLineAndItsExitCode) {
  const Outcome failed = say({"inspect", "/nowhere", "--json"});
  EXPECT_EQ(failed.code, 10);
  const json::Value result = last_line(failed.out);
  EXPECT_EQ(result.find("type")->string(), "result");
  EXPECT_EQ(result.find("ok")->as_bool(), false);
  EXPECT_EQ(result.find("exit_code")->as_int(), 10);
  EXPECT_EQ(result.find("error")->find("kind")->string(), "not_found");
}

TEST(Cli, ATokenNeverStandsInTheArguments) {
  os::TestWorld parts;
  parts.disk.put("/run/config.json", "{}");
  const Outcome refused = say(parts, {"publish", "/run", "--set", "hub_token=hf_secret"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_EQ(refused.err.find("hf_secret"), std::string::npos) << refused.err;
}

TEST(Cli, PublishShowsPlanAndResultWithTheContractsFields) {
  os::TestWorld parts;
  os::PosixFileSystem files;
  ASSERT_TRUE(
      parts.disk.load_from(files, slipway::testing::source_dir() + "/examples/runs/chatml-full", "/run"));
  const Outcome done = say(parts, {"publish", "/run", "--no-push", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  const json::Value result = last_line(done.out);
  for (const char* key : {"ok", "exit_code", "repo", "revision", "commit", "url", "changed", "files",
                          "deleted", "fixes", "warnings", "bytes", "seconds"}) {
    EXPECT_NE(result.find(key), nullptr) << key;
  }
  EXPECT_NE(done.out.find("{\"type\":\"plan\""), std::string::npos);
  const Outcome undone = say(parts, {"undo", "/run", "--json"});
  EXPECT_EQ(last_line(undone.out).find("changed")->as_bool(), true);
  EXPECT_EQ(last_line(say(parts, {"undo", "/run", "--json"}).out).find("changed")->as_bool(), false);
}

TEST(Cli, OfflinePreparesAndExitsThree) {
  os::TestWorld parts;
  os::PosixFileSystem files;
  ASSERT_TRUE(
      parts.disk.load_from(files, slipway::testing::source_dir() + "/examples/runs/chatml-full", "/run"));
  parts.environment.values["HF_HUB_OFFLINE"] = "1";
  const Outcome done = say(parts, {"publish", "/run", "--to", "me/tiny"});
  EXPECT_EQ(done.code, 3) << done.err;
  EXPECT_EQ(parts.transport.requests().size(), 0u);
  EXPECT_NE(parts.disk.text("/run/generation_config.json")->find("2"), std::string::npos);
}

TEST(Cli, RefusesABudgetThatHoldsNotOneFile) {
  const Outcome refused = say({"inspect", "/run", "--memory", "1MiB"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("--memory 1MiB is too little"), std::string::npos) << refused.err;
  EXPECT_EQ(say({"inspect", "/run", "--memory", "lots"}).code, 2);
}

TEST(Cli, ARecipeOfAWrongTypeNamesFileAndLine) {
  os::TestWorld parts;
  parts.disk.put("/run/config.json", "{}");
  parts.disk.put("/recipe.yaml", "output_dir: /run\npush_to_hub: [yes]\n");
  const Outcome refused = say(parts, {"publish", "--recipe", "/recipe.yaml"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("/recipe.yaml:2: push_to_hub"), std::string::npos) << refused.err;
}

TEST(Docs, ArePrintedFromTheTables) {
  os::PosixFileSystem files;
  const std::string docs = slipway::testing::source_dir() + "/docs/";
  std::map<std::string, std::string> pages{
      {"cli.md", cli_page()}, {"errors.md", errors_page()}, {"slipway.1", man_page()}};
  for (auto& [name, text] : fix_pages()) pages["fixes/" + name] = text;
  for (const auto& [name, text] : pages) {
    const auto committed = os::read_file(files, docs + name, 1u << 20);
    ASSERT_TRUE(committed) << name << ": run ./dev docs";
    EXPECT_EQ(*committed, text) << name << ": run ./dev docs";
  }
}

}  // namespace
}  // namespace slipway::cli
