#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "card/card.h"

namespace slipway::card {
namespace {

std::vector<Finding> findings_of(const std::string& block) {
  return validate_card("---\n" + block + "\n---\n# x\n");
}

// The messages of what is refused.
std::vector<std::string> refusals(const std::string& block) {
  std::vector<std::string> messages;
  for (const Finding& finding : findings_of(block)) {
    if (finding.error) messages.push_back(finding.message);
  }
  return messages;
}

TEST(ValidateCard, TakesAGoodCard) {
  EXPECT_TRUE(findings_of(R"(language:
- en
- multilingual
license: apache-2.0
base_model: org/base
base_model_relation: finetune
datasets: [org/a, squad]
metrics: accuracy
pipeline_tag: text-generation
tags: [a, b]
inference: false
co2_eq_emissions: 12.5
widget:
- text: hello
model-index:
- name: m
  results:
  - task: {type: text-generation, name: Text}
    dataset: {type: org/a, name: a, config: default, split: test}
    metrics:
    - {type: accuracy, value: 0.5}
    source: {url: "https://x", name: us})")
                  .empty());
}

TEST(ValidateCard, WarnsOfAMissingOrEmptyBlock) {
  for (const char* card : {"", "# x\n", "---\n\n---\n", "---\n# only a comment\n---\n", "---\n{}\n---\n"}) {
    const auto findings = validate_card(card);
    ASSERT_EQ(findings.size(), 1u) << card;
    EXPECT_FALSE(findings[0].error);
    EXPECT_EQ(findings[0].message, "empty or missing yaml metadata in repo card");
  }
}

TEST(ValidateCard, TellsTheLineOfEveryFindingInTheWholeCard) {
  const std::string block =
      "# a comment\nlicense: nonsense\ntags:\n- good\n- 3\nlanguage: [en, XX]\nwidget:\n  text: hello\n"
      "model-index:\n- name: m\n  results:\n  - task:\n      name: only\n    dataset: {type: a, name: b}\n"
      "    metrics: []\n";
  const std::vector<std::pair<std::string, int>> expected{{"license", 3},
                                                          {"language[1]", 7},
                                                          {"tags[1]", 6},
                                                          {"model-index[0].results[0].task.type", 13},
                                                          {"widget", 8}};
  for (const std::string before : {"", "\n\n"}) {
    for (const bool windows : {false, true}) {
      std::string card = before + "---\n" + block + "---\n# x\n";
      for (std::size_t at = 0; windows && (at = card.find('\n', at)) != std::string::npos; at += 2)
        card.insert(at, "\r");
      std::vector<std::pair<std::string, int>> found;
      for (const Finding& one : validate_card(card))
        found.emplace_back(one.path, one.line - static_cast<int>(before.size()));
      EXPECT_THAT(found, testing::UnorderedElementsAreArray(expected)) << card;
    }
  }
}

TEST(ValidateCard, TellsTheLineOfWhatCannotBeRead) {
  const auto findings = validate_card("\n---\nlicense: mit\ntags: [a\nb: c\n---\n");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_GE(findings[0].line, 4);
  EXPECT_LE(findings[0].line, 6);
  EXPECT_THAT(findings[0].message, testing::HasSubstr(fmt::format(": line {}: ", findings[0].line)));
  EXPECT_EQ(validate_card("# only text\n").front().line, 1);
}

TEST(ValidateCard, RefusesWhatIsNoYamlMap) {
  EXPECT_THAT(refusals("a: [").front(), testing::StartsWith("the YAML of the card cannot be read: line "));
  EXPECT_EQ(refusals("- a").front(), "the metadata of the card must be an object");
}

TEST(ValidateCard, LicenceMustBeListed) {
  EXPECT_THAT(refusals("license: apache2").front(),
              testing::StartsWith("\"license\" must be one of [apache-2.0, mit, "));
  EXPECT_THAT(refusals("license: [mit, x]").front(), testing::StartsWith("\"license[1]\" must be one of ["));
  EXPECT_EQ(refusals("license: 2").front(), "\"license\" must be a string or an array of strings");
  EXPECT_EQ(refusals("license_name: [a]").front(), "\"license_name\" must be a string");
}

TEST(ValidateCard, AnotherLicenceShouldHaveAName) {
  const auto findings = findings_of("license: other");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(findings[0].error);
  EXPECT_EQ(findings[0].path, "license_name");
  EXPECT_TRUE(findings_of("license: other\nlicense_name: x\nlicense_link: LICENSE").empty());
}

TEST(ValidateCard, LanguagesAreCodes) {
  EXPECT_EQ(refusals("language: [en, zh-CN]").front(),
            "\"language[1]\" must only contain lowercase characters");
  EXPECT_THAT(refusals("language: english").front(), testing::StartsWith("\"language\" must be an ISO 639"));
  EXPECT_EQ(refusals("language: no").front(),
            "\"language\" must be a string or an array of strings");  // YAML 1.1
}

TEST(ValidateCard, IdsAreIds) {
  EXPECT_EQ(refusals("base_model: /home/me/base").front(),
            "\"base_model\" must be the id of a model on the Hub");
  EXPECT_EQ(refusals("datasets: [a/b, ./c]").front(),
            "\"datasets[1]\" must be the id of a data set on the Hub");
  EXPECT_EQ(refusals("datasets: [1]").front(), "\"datasets[0]\" must be a string");
  EXPECT_EQ(refusals("base_model_relation: child").front(),
            "\"base_model_relation\" must be one of [adapter, merge, quantized, finetune]");
}

TEST(ValidateCard, TypesMustFit) {
  EXPECT_EQ(refusals("tags: a").front(), "\"tags\" must be an array");
  EXPECT_EQ(refusals("tags: [a, 2024]").front(), "\"tags[1]\" must be a string");
  EXPECT_EQ(refusals("widget: {text: a}").front(), "\"widget\" must be an array");
  EXPECT_EQ(refusals("inference: maybe").front(), "\"inference\" must be a boolean or an object");
  EXPECT_EQ(refusals("library_name: 3").front(), "\"library_name\" must be a string");
  EXPECT_EQ(refusals("pipeline_tag: [a]").front(), "\"pipeline_tag\" must be a string");
  EXPECT_EQ(refusals("co2_eq_emissions: much").front(), "\"co2_eq_emissions\" must be a number or an object");
}

TEST(ValidateCard, AnUnlistedTaskOnlyWarns) {
  const auto findings = findings_of("pipeline_tag: text2text-generation");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_FALSE(findings[0].error);
}

TEST(ValidateCard, ResultsHaveTheirShape) {
  const std::string start = "model-index:\n- name: m\n  results:\n  - task: {type: t}\n";
  EXPECT_EQ(
      refusals(start + "    dataset: {type: d, name: d, config: null}\n    metrics: [{type: a, value: 1}]")
          .front(),
      "\"model-index[0].results[0].dataset.config\" must be a string");
  EXPECT_EQ(refusals(start + "    dataset: {type: d}\n    metrics: [{type: a, value: 1}]").front(),
            "\"model-index[0].results[0].dataset.name\" is required");
  EXPECT_EQ(refusals(start + "    dataset: {type: d, name: d}\n    metrics: [{type: a}]").front(),
            "\"model-index[0].results[0].metrics[0].value\" is required");
  EXPECT_EQ(refusals(start + "    dataset: {type: d, name: d}").front(),
            "\"model-index[0].results[0].metrics\" is required");
  EXPECT_EQ(refusals("model-index: {name: m}").front(), "\"model-index\" must be an array");
  EXPECT_EQ(refusals("model-index: [{name: m}]").front(), "\"model-index[0].results\" is required");
  EXPECT_TRUE(refusals("model-index: [{name: m, results: []}]").empty());
}

}  // namespace
}  // namespace slipway::card
