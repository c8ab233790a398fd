#include "card/hub_values.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "slipway/json.h"
#include "support/source_dir.h"

namespace slipway::card {
namespace {

json::Value golden(const std::string& name) {
  std::ifstream file(fmt::format("{}/tests/golden/hub/{}", slipway::testing::source_dir(), name));
  std::stringstream text;
  text << file.rdbuf();
  return json::parse(text.str()).value();
}

TEST(HubValues, KnowEveryLicenceAndTask) {
  const json::Value licenses = golden("licenses.json");
  for (const json::Value& row : licenses.find("licenses")->items())
    EXPECT_TRUE(is_license(row.find("id")->string()));
  const json::Value tags = golden("pipeline_tags.json");
  for (const json::Value& row : tags.find("pipeline_tags")->items()) {
    EXPECT_TRUE(is_pipeline_tag(row.find("id")->string()));
  }
  EXPECT_FALSE(is_license("apache2"));
  EXPECT_FALSE(is_license(""));
  EXPECT_FALSE(is_pipeline_tag("text2text-generation"));
}

TEST(HubValues, KnowEveryLanguage) {
  const json::Value languages = golden("languages.json");
  for (const auto& [code, name] : languages.find("iso_639_1")->members())
    EXPECT_TRUE(is_language(code)) << code;
  std::istringstream long_codes(languages.find("iso_639_3")->string());
  for (std::string code; long_codes >> code;) EXPECT_TRUE(is_language(code)) << code;
  EXPECT_TRUE(is_language("code") && is_language("multilingual"));
  for (const char* code : {"", "e", "EN", "en-US", "english", "q", "qqqq", "a b"})
    EXPECT_FALSE(is_language(code)) << code;
}

TEST(HubIds, AreNamesWithAtMostOneSlash) {
  for (const char* id : {"gpt2", "org/name", "meta-llama/Llama-3.1-8B", "a/b_c.d-e", "_x/y_"}) {
    EXPECT_TRUE(is_hub_id(id)) << id;
  }
  for (const char* id : {"", "/", "a/", "/b", "a/b/c", "/home/me/model", "./x", "../x", "a b", "a/b.git",
                         "a--b/c", "a..b", "-a/b", "a/b-", "https://huggingface.co/a/b", "C:\\x", "é/b"}) {
    EXPECT_FALSE(is_hub_id(id)) << id;
  }
  EXPECT_FALSE(is_hub_id(std::string(97, 'a')));
}

TEST(HubIds, AFileIsNoDataSet) {
  EXPECT_TRUE(is_dataset_id("org/data.v1"));
  EXPECT_FALSE(is_dataset_id("data/train.jsonl"));
}

}  // namespace
}  // namespace slipway::card
