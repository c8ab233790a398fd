#include "model/fix_codes.h"
#include "support/source_dir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace slipway::model {
namespace {

std::vector<FixCode> all_codes() {
  std::vector<FixCode> all(fix_codes().begin(), fix_codes().end());
  std::ranges::copy(said_codes(), std::back_inserter(all));
  std::ranges::copy(problem_codes(), std::back_inserter(all));
  return all;
}

std::set<std::string> known_codes() {
  std::set<std::string> codes;
  for (const FixCode& code : all_codes()) codes.emplace(code.code);
  return codes;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The codes that the rooms write down: Because k..{"code", warn("code", push_back({"code", .code = "code",
std::set<std::string> codes_in_source() {
  std::set<std::string> codes;
  const std::regex pattern(
      R"re((?:Because k\w+|warn\(|push_back\(|\.code = |add\(\{)\{?\s*"([a-z]+(?:-[a-z]+)+)",)re");
  for (const char* floor : {"card", "flow", "model", "release", "run"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(slipway::testing::source_dir() + "/src/" + floor)) {
      const std::string name = entry.path().filename();
      const bool is_table = name.ends_with("_codes.cc") || name.ends_with("_data.cc");
      if (!name.ends_with(".cc") || name.ends_with("_test.cc") || is_table) continue;
      const std::string source = text_of(entry.path());
      for (std::sregex_iterator at(source.begin(), source.end(), pattern), end; at != end; ++at)
        codes.insert((*at)[1]);
    }
  }
  return codes;
}

TEST(FixCodes, AreEachNamedOnce) { EXPECT_EQ(known_codes().size(), all_codes().size()); }

TEST(FixCodes, HaveAPageToSay) {
  for (const FixCode& code : all_codes()) {
    SCOPED_TRACE(code.code);
    EXPECT_FALSE(code.title.empty());
    EXPECT_FALSE(code.title.ends_with('.'));
    EXPECT_TRUE(code.problem.ends_with('.'));
    EXPECT_TRUE(code.change.ends_with('.'));
  }
}

TEST(FixCodes, HoldEveryCodeOfTheRules) {
  const std::set<std::string> known = known_codes();
  const std::set<std::string> used = codes_in_source();
  EXPECT_GT(used.size(), 20U);
  for (const std::string& code : used) EXPECT_TRUE(known.contains(code)) << code;
}

// Rules 1 to 3 and the adapter's own files: what transformers and vLLM do before and after.
TEST(FixCodes, OfWhatLoadersReadSayWhatTheyDo) {
  std::size_t told = 0;
  for (const FixCode& code : fix_codes()) {
    if (code.loaders.empty()) continue;
    ++told;
    SCOPED_TRACE(code.code);
    for (const char* word : {"Before", "fter", "transformers", "vLLM"})
      EXPECT_NE(code.loaders.find(word), std::string_view::npos) << word;
  }
  EXPECT_GE(told, 24U);
}

}  // namespace
}  // namespace slipway::model
