// What a card says of training: its tables, its picture, its results.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "card/card_test_support.h"
#include "card/loss_curve.h"
#include "card/prior_facts.h"
#include "card/settings.h"
#include "card/table.h"
#include "text/front_matter.h"

namespace slipway::card {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

CardFacts trained() {
  CardFacts facts = chat_model();
  facts.datasets = {"org/data"};
  facts.training.metrics = std::vector<Metric>{{"loss", 0.36377042}, {"accuracy", 0.75}};
  facts.training.log =
      TrainingLog{.steps = 2,
                  .epochs = 1,
                  .rows = {{.step = 1, .epoch = 0.5, .loss = 2.5},
                           {.step = 2, .epoch = 1, .loss = 1.5, .evaluated = {{"loss", 0.5}}}}};
  return facts;
}

TrainingLog long_log(int rows, int evaluate_every) {
  TrainingLog log{.steps = rows};
  for (int i = 1; i <= rows; ++i) {
    LogRow row{.step = i, .loss = 1.0 / i};
    if (i % evaluate_every == 0) row.evaluated = {{"loss", 2.0 / i}};
    log.rows.push_back(row);
  }
  return log;
}

// The rows of the table of training progress, without its head.
std::vector<std::string> progress_rows(const std::string& card) {
  std::vector<std::string> rows;
  std::size_t at = card.find("| Step |");
  at = card.find('\n', card.find('\n', at) + 1) + 1;
  while (card[at] == '|') {
    const std::size_t end = card.find('\n', at);
    rows.push_back(card.substr(at, end - at));
    at = end + 1;
  }
  return rows;
}

const yaml::Node result_of(const std::string& card, std::size_t entry = 0, std::size_t result = 0) {
  const auto front = text::FrontMatter::parse(text::split_card(card).block).value();
  return front.find("model-index")->items.at(entry).find("results")->items.at(result);
}

TEST(TrainingCard, ResultsStandInTheModelIndex) {
  CardFacts facts = trained();
  facts.training.eval_split = "test";
  const std::string text = written(facts).text;
  EXPECT_THAT(text, HasSubstr(R"(model-index:
- name: my_model-v1
  results:
  - task:
      type: text-generation
      name: Text generation
    dataset:
      type: org/data
      name: org/data
      split: test
    metrics:
    - type: loss
      value: 0.36377042
      name: Loss
    - type: accuracy
      value: 0.75
      name: Accuracy
)"));
  EXPECT_THAT(text,
              HasSubstr("| Metric | Value |\n| --- | ---: |\n| Loss | 0.3638 |\n| Accuracy | 0.75 |\n"));
  EXPECT_TRUE(validate_card(text).empty());
}

TEST(TrainingCard, WhatIsNotFiniteIsShownAndNeverStandsInTheFrontMatter) {
  CardFacts facts = trained();
  facts.training.metrics = std::vector<Metric>{{"loss", std::nan("")}, {"accuracy", HUGE_VAL}, {"f1", 0.5}};
  facts.training.log->rows[0].loss = std::nan("");
  const std::string text = written(facts).text;
  EXPECT_EQ(result_of(text).find("metrics")->items.size(), 1u);
  EXPECT_THAT(text::split_card(text).block, Not(HasSubstr("nan")));
  EXPECT_THAT(text, HasSubstr("| Loss | NaN |\n| Accuracy | infinite |\n"));
  EXPECT_THAT(progress_rows(text), ElementsAre("| 1 | 0.5 | NaN |  |", "| 2 | 1 | 1.5 | 0.5 |"));
  facts.training.metrics = std::vector<Metric>{{"loss", std::nan("")}};
  EXPECT_THAT(written(facts).text, Not(HasSubstr("model-index")));
}

TEST(TrainingCard, SeveralDataSetsAreAMixtureAndUnknownOnesGiveNoResult) {
  CardFacts facts = trained();
  facts.datasets = {"org/a", "org/b"};
  EXPECT_THAT(written(facts).text, HasSubstr("      type: mixture\n      name: org/a and org/b\n"));
  facts.datasets_complete = false;
  EXPECT_THAT(written(facts).text, Not(HasSubstr("model-index")));
  facts = trained();
  facts.datasets.clear();
  EXPECT_THAT(written(facts).text, Not(HasSubstr("model-index")));
  facts.kind = model::ModelKind::kUnknown;
  facts.datasets = {"org/data"};
  EXPECT_THAT(written(facts).text, Not(HasSubstr("model-index")));
}

TEST(TrainingCard, OldResultsOfTheRunGoAndThoseOfPeopleStay) {
  CardFacts facts = trained();
  std::string card = written(facts).text;
  const std::string mine =
      "  - task:\n      type: text-generation\n    dataset:\n      type: cais/mmlu\n      name: MMLU\n    "
      "metrics:\n    - type: accuracy\n      value: 0.5\n";
  card.insert(card.find("pipeline_tag:"), mine);
  facts.training.metrics = std::vector<Metric>{{"loss", 0.25}};
  const std::string again = written(facts, card).text;
  EXPECT_THAT(again, HasSubstr("value: 0.25\n"));
  EXPECT_THAT(again, Not(HasSubstr("0.36377042")));
  EXPECT_EQ(result_of(again, 0, 1).find("dataset")->find("type")->text, "cais/mmlu");
  EXPECT_EQ(written(facts, again).text, again);
}

TEST(TrainingCard, AModelIndexThatIsNoListIsLeftToItsAuthor) {
  const CardOutcome card = written(trained(), "---\nmodel-index: mine\n---\n# x\n");
  EXPECT_THAT(card.text, HasSubstr("model-index: mine\n"));
}

TEST(TrainingCard, EveryEvaluationStaysInALongTable) {
  CardFacts facts = trained();
  facts.training.log = long_log(1000, 25);
  const std::string text = written(facts).text;
  const auto rows = progress_rows(text);
  EXPECT_EQ(rows.size(), 42u);  // 40 evaluations, the first and the last of the others
  for (int step = 25; step <= 1000; step += 25) {
    EXPECT_THAT(text, HasSubstr("| " + std::to_string(step) + " | " + number_text(1.0 / step) + " | "));
  }
  EXPECT_THAT(
      text, HasSubstr("Of 1000 logged steps the table shows 42: every evaluation and evenly chosen others."));
}

TEST(TrainingCard, VeryManyEvaluationsAreThinnedEvenlyFirstAndLastKept) {
  CardFacts facts = trained();
  facts.training.log = long_log(5000, 1);
  const auto rows = progress_rows(written(facts).text);
  EXPECT_EQ(rows.size(), 60u);
  EXPECT_EQ(rows.front(), "| 1 | 1 | 2 |");
  EXPECT_EQ(rows.back(), "| 5000 | 0.0002 | 0.0004 |");
}

TEST(TrainingCard, SettingsStandInOneOrderWhereverTheyComeFrom) {
  TrainingFacts facts;
  facts.recipe = std::vector<Setting>{{"seed", "1"}, {"learning_rate", "2e-4"}, {"hub_strategy", "end"}};
  facts.settings = {{"lora_r", "8"}};
  const std::vector<Setting> shown = settings_to_show(facts, {{"packing", "true"}, {"optimizer", "Adam"}});
  EXPECT_EQ(shown, (std::vector<Setting>{
                       {"learning_rate", "2e-4"}, {"optimizer", "Adam"}, {"seed", "1"}, {"lora_r", "8"}}));
  facts.recipe.reset();
  EXPECT_EQ(settings_to_show(facts, shown), shown);
}

TEST(TrainingCard, ArgumentsOfTheTrainerStandBehindTheRecipeAndOnlyWhereTheySaySomething) {
  TrainingFacts facts;
  facts.arguments = {{"learning_rate", "5e-05"}, {"bf16", "true"},        {"fp16", "false"},
                     {"max_steps", "40"},        {"warmup_ratio", "0.0"}, {"num_train_epochs", "3.0"},
                     {"max_length", "96"},       {"output_dir", "x"}};
  const std::vector<Setting> alone = settings_to_show(facts, {});
  EXPECT_EQ(alone,
            (std::vector<Setting>{
                {"learning_rate", "5e-05"}, {"max_steps", "40"}, {"bf16", "true"}, {"max_length", "96"}}));
  facts.recipe = std::vector<Setting>{{"learning_rate", "5.0e-05"}, {"max_seq_length", "96"}};
  const std::vector<Setting> both = settings_to_show(facts, {});
  EXPECT_EQ(
      both,
      (std::vector<Setting>{
          {"learning_rate", "5.0e-05"}, {"max_steps", "40"}, {"bf16", "true"}, {"max_seq_length", "96"}}));
  facts.recipe.reset();
  EXPECT_EQ(settings_to_show(facts, both), both);
}

TEST(TrainingCard, GeneratedCardsLeaveTheirFactsBehind) {
  CardFacts facts{.model_name = "x"};
  const std::string dpo = written(facts, golden_cards().at("v5/trl-badges.md")).text;
  EXPECT_THAT(dpo, HasSubstr("- Method: SFT, with [TRL]"));
  EXPECT_THAT(dpo, HasSubstr("- TRL 1.16.0\n- Transformers 5.24.0\n- PyTorch 2.13.0+cpu\n"));
  EXPECT_THAT(dpo, HasSubstr("- Log: [Weights & Biases](https://example.org/wandb_url)\n"));
  EXPECT_THAT(
      written(facts, trl_card()).text,
      HasSubstr("- Method: DPO ([Direct Preference Optimization: Your Language Model is Secretly a Reward "
                "Model](https://huggingface.co/papers/2305.18290)), with [TRL]"));
  const std::string plain = written(facts, transformers_card()).text;
  EXPECT_THAT(plain, HasSubstr("| `learning_rate` | 5e-05 |"));
  EXPECT_THAT(plain, HasSubstr("| `total_train_batch_size` | 16 |"));
  EXPECT_THAT(written(facts, golden_cards().at("v4/peft-over-trl.md")).text, HasSubstr("- PEFT 0.18.1\n"));
}

TEST(TrainingCard, NoGoldenCardLeavesBoilerplateAndEachIsWrittenOnce) {
  for (const auto& [name, card] : golden_cards()) {
    for (const CardFacts& facts : {trained(), adapter(), CardFacts{.model_name = "x"}}) {
      const std::string text = written(facts, card).text;
      for (const char* word : {"None", "needed", "Needed", "licence", "time machine", "/models/"}) {
        EXPECT_THAT(text, Not(HasSubstr(word))) << name;
      }
      EXPECT_EQ(written(facts, text).text, text) << name;
      for (const Finding& finding : validate_card(text))
        EXPECT_FALSE(finding.error) << name << finding.message;
    }
  }
}

TEST(TrainingCard, TheHeadingOfAnEarlierCardOutlivesAFallback) {
  CardFacts facts = trained();
  facts.model_name = "Q*-2_b <x>";
  const std::string text = written(facts).text;
  facts.model_name = "out";
  facts.named = false;
  facts.repo.clear();
  EXPECT_EQ(written(facts, text).text, text);
}

TEST(TrainingCard, TheNameOfItsResultsOutlivesAFallbackUnderAPersonsHeading) {
  CardFacts facts = trained();
  const std::string text = written(facts, "# Mine\n\nWords.\n").text;
  EXPECT_THAT(text, HasSubstr("model-index:\n- name: my_model-v1\n"));
  facts.model_name = "out";
  facts.named = false;
  facts.repo.clear();
  EXPECT_EQ(written(facts, text).text, text);
  facts.model_name = "given";
  facts.named = true;
  EXPECT_THAT(written(facts, text).text, HasSubstr("model-index:\n- name: given\n"));
}

TEST(TrainingCard, CountsOneAsOneAndNamesOnlyTheLossesThatAreDrawn) {
  CardFacts facts = trained();
  facts.training.totals.epochs = 1;
  std::string text = written(facts).text;
  EXPECT_THAT(text, HasSubstr("- Length: 1 epoch\n"));
  EXPECT_THAT(text, HasSubstr("The log reaches step 2, 1 epoch."));
  EXPECT_THAT(text, HasSubstr("![Training and validation loss by step]"));
  facts.training.log->rows[1].evaluated.clear();
  facts.training.log->epochs = 1.5;
  text = written(facts).text;
  EXPECT_THAT(text, HasSubstr("![Training loss by step]"));
  EXPECT_THAT(text, HasSubstr("step 2, 1.5 epochs."));
}

TEST(TrainingCard, OfManyMetricsThoseThatPeopleLookForAreShown) {
  CardFacts facts = trained();
  facts.training.log->rows[1].evaluated = {
      {"logits/chosen", 1},      {"logits/rejected", 2}, {"logps/chosen", 3},
      {"logps/rejected", 4},     {"loss", 0.5},          {"nll_loss", 5},
      {"rewards/accuracies", 6}, {"rewards/chosen", 7},  {"rewards/margins", 8}};
  const std::string text = written(facts).text;
  EXPECT_THAT(text, HasSubstr("| Validation loss | Rewards/accuracies | Rewards/margins | Logits/chosen | "));
  EXPECT_THAT(text, HasSubstr("Left out of the table: 3 further metrics.\n"));
}

TEST(Table, AnyTextStaysInItsCell) {
  for (const std::string text :
       {"a|b", "`x`|`y`", "<b>&amp;</b>", "\\|", "x\\", "$1$ ~~2~~", "*_*", "[a](b)", "船"}) {
    const std::string cell = cell_text(text);
    EXPECT_EQ(cell.find('|'), std::string::npos);
    EXPECT_EQ(text_of_cell(cell), text);
  }
  EXPECT_EQ(cell_text("two\nlines\r"), "two lines");
  EXPECT_LE(cell_text(std::string(1000, 'x')).size(), 200u);
}

TEST(Numbers, AreShortAndTrue) {
  EXPECT_EQ(number_text(0.36377042531967163), "0.3638");
  EXPECT_EQ(number_text(1.25e-05), "1.25e-05");
  EXPECT_EQ(number_text(40960.0), "40960");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(1e300), "1e+300");
}

TEST(LossCurve, IsTheSameForTheSameLogAndHoldsNoScriptOrFont) {
  const std::string picture = loss_curve(long_log(100, 10));
  EXPECT_EQ(picture, loss_curve(long_log(100, 10)));
  EXPECT_TRUE(is_loss_curve(picture));
  EXPECT_TRUE(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
  for (const char* word : {"<script", "<style", "href", "url(", "@font", "nan", "inf"}) {
    EXPECT_THAT(picture, Not(HasSubstr(word)));
  }
}

std::vector<std::string> tick_labels(const std::string& picture, const std::string& anchor) {
  std::vector<std::string> labels;
  const std::string mark = "text-anchor=\"" + anchor + "\" fill=\"#7b818c\">";
  for (std::size_t at = 0; (at = picture.find(mark, at)) != std::string::npos;) {
    at += mark.size();
    labels.push_back(picture.substr(at, picture.find('<', at) - at));
  }
  return labels;
}

TEST(LossCurve, LeavesAGapWhereALossIsNotFinite) {
  TrainingLog log = long_log(5, 100);
  log.rows[2].loss = std::nan("");
  const std::string picture = loss_curve(log);
  const std::size_t line = picture.find("stroke-linejoin");
  const std::size_t path = picture.rfind("<path", line);
  EXPECT_EQ(std::ranges::count(picture.substr(path, line - path), 'M'), 2);
}

TEST(LossCurve, ShowsAPointBetweenTwoGaps) {
  TrainingLog log = long_log(9, 100);
  for (std::size_t i = 0; i < 9; ++i)
    if (i % 2 == 1) log.rows[i].loss = std::nan("");
  const std::string picture = loss_curve(log);
  EXPECT_THAT(picture, Not(HasSubstr("<path")));
  std::size_t dots = 0;
  for (std::size_t at = 0; (at = picture.find("<circle", at)) != std::string::npos; ++at) ++dots;
  EXPECT_EQ(dots, 5u) << picture;
}

TEST(LossCurve, LosesNoPeakAndNoGapOfALongLog) {
  TrainingLog log = long_log(100'000, 1'000'000);
  for (LogRow& row : log.rows) row.loss = 1.0;
  log.rows[54'321].loss = 9.0;
  const std::string peak = loss_curve(log);
  EXPECT_THAT(tick_labels(peak, "end"), testing::Contains("8"));
  EXPECT_EQ(std::ranges::count(peak, 'Z'), 1);
  log.rows[12'345].loss = std::nan("");
  EXPECT_EQ(std::ranges::count(loss_curve(log), 'Z'), 2);
}

TEST(LossCurve, IsNotDrawnWithoutTwoPointsOrPastAnyScale) {
  EXPECT_EQ(loss_curve({}), "");
  EXPECT_EQ(loss_curve(long_log(1, 100)), "");
  TrainingLog wild = long_log(3, 100);
  wild.rows[1].loss = 1e300;
  EXPECT_EQ(loss_curve(wild), "");
  TrainingLog flat = long_log(2, 100);
  flat.rows[0].loss = flat.rows[1].loss = 0.0;
  EXPECT_THAT(loss_curve(flat), Not(HasSubstr("nan")));
}

TEST(LossCurve, LabelsHaveTheDigitsThatTellThemApart) {
  const auto labels = [](double from, double to) {
    TrainingLog log = long_log(2, 100);
    log.rows[0].loss = from;
    log.rows[1].loss = to;
    return tick_labels(loss_curve(log), "end");
  };
  EXPECT_THAT(labels(2.73905, 2.73955), ElementsAre("2.7390", "2.7392", "2.7394", "2.7396"));
  EXPECT_THAT(labels(0, 4), ElementsAre("0", "1", "2", "3", "4"));
  EXPECT_THAT(labels(1.5e-6, 4.5e-6), ElementsAre("1e-06", "2e-06", "3e-06", "4e-06", "5e-06"));
  EXPECT_THAT(labels(2.5, 2.500001), testing::SizeIs(testing::Gt(1u)));
}

// x and anchor of every label, and how many letters it has.
struct Label {
  double x = 0;
  bool ends_there = false;
  std::size_t letters = 0;
};
std::vector<Label> labels_of(const std::string& picture) {
  std::vector<Label> labels;
  for (std::size_t at = 0; (at = picture.find("<text x=\"", at)) != std::string::npos;) {
    at += 9;
    const std::size_t text = picture.find('>', at) + 1;
    labels.push_back({.x = std::stod(picture.substr(at)),
                      .ends_there = picture.substr(at, text - at).find("\"end\"") != std::string::npos,
                      .letters = picture.find('<', text) - text});
  }
  return labels;
}

TEST(LossCurve, NoLabelLeavesThePicture) {
  constexpr double kLetter = 7.3;
  for (const double scale : {1e-7, 1.0, 123.456, 1e5, 1e8}) {
    for (const std::int64_t step : {1, 1000, 333'333, 1'234'567'890}) {
      TrainingLog log = long_log(40, 100);
      for (std::size_t i = 0; i < 40; ++i) {
        log.rows[i].step = step * static_cast<std::int64_t>(i + 1);
        log.rows[i].loss = scale * (1.0 + 1e-4 * static_cast<double>(i));
      }
      const std::string picture = loss_curve(log);
      ASSERT_FALSE(labels_of(picture).empty());
      for (const Label& label : labels_of(picture)) {
        const double width = kLetter * static_cast<double>(label.letters);
        EXPECT_GE(label.ends_there ? label.x - width : label.x - width / 2, 0) << picture;
        EXPECT_LE(label.ends_there ? label.x : label.x + width / 2, 760) << picture;
      }
    }
  }
}

TEST(LossCurve, LargeNumbersAreShort) {
  TrainingLog log = long_log(2, 1000);
  log.rows[1].step = 100'000;
  log.rows[1].loss = 30'000'000;
  EXPECT_THAT(tick_labels(loss_curve(log), "end"), ElementsAre("0", "10M", "20M", "30M"));
  EXPECT_THAT(tick_labels(loss_curve(log), "middle"),
              ElementsAre("0", "20k", "40k", "60k", "80k", "100k", "step"));
}

TEST(LossCurve, StaysSmallHoweverLongTheLog) { EXPECT_LT(loss_curve(long_log(50'000, 10)).size(), 64'000u); }

}  // namespace
}  // namespace slipway::card
