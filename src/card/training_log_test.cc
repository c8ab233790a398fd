#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "card/training_facts.h"

namespace slipway::card {
namespace {

TEST(TrainingLog, JoinsWhatWasLoggedAndMeasuredAtOneStep) {
  const auto log =
      read_training_log(R"({"global_step": 20, "epoch": 1.5, "train_batch_size": 4, "log_history": [
    {"loss": 2.5, "epoch": 0.5, "step": 10, "learning_rate": 0.1},
    {"eval_loss": 2.25, "eval_f1": 0.5, "eval_runtime": 3.0, "eval_other_samples_per_second": 9, "step": 10},
    {"loss": 1.5, "step": 20.0}, {"loss": 1.25, "step": 20},
    {"train_runtime": 2.0, "train_loss": 2.0, "step": 20}, {"loss": 9}, "x", {"loss": "y", "step": 30}]})");
  ASSERT_TRUE(log) << describe(log.error());
  EXPECT_EQ(log->steps, 20);
  EXPECT_EQ(log->batch, 4);
  ASSERT_EQ(log->rows.size(), 2u);
  EXPECT_EQ(log->rows[0].loss, 2.5);
  EXPECT_EQ(log->rows[0].epoch, 0.5);
  ASSERT_EQ(log->rows[0].evaluated.size(), 2u);
  EXPECT_EQ(*log->rows[0].find("loss"), 2.25);
  EXPECT_EQ(log->rows[1].loss, 1.25);
}

TEST(TrainingLog, ReadsPythonsNumbersThatAreNone) {
  const auto log = read_training_log(
      R"({"log_history": [{"loss": NaN, "step": 1}, {"eval_loss": Infinity, "step": 2, "epoch": NaN}]})");
  ASSERT_TRUE(log);
  EXPECT_TRUE(std::isnan(*log->rows[0].loss));
  EXPECT_TRUE(std::isinf(*log->rows[1].find("loss")));
  EXPECT_FALSE(log->rows[1].epoch);
}

TEST(TrainingLog, WhatIsNoObjectIsRefused) {
  for (const char* text : {"", "[]", "3", "{\"log_history\": [}", "{\"a\": nan}"}) {
    EXPECT_FALSE(read_training_log(text)) << text;
  }
  for (const char* text : {"{}", "{\"log_history\": 3}", "{\"log_history\": null, \"global_step\": -1}"}) {
    const auto log = read_training_log(text);
    ASSERT_TRUE(log) << text;
    EXPECT_TRUE(log->rows.empty());
    EXPECT_EQ(log->steps, 0);
  }
}

TEST(Metrics, AreThoseOfTheModelLossFirst) {
  const auto metrics = read_metrics(
      R"({"epoch": 1.0, "eval_accuracy": 0.5, "eval_loss": 0.25, "eval_runtime": 1, "eval_samples": 16,
          "eval_num_tokens": 9.0, "train_loss": 1.0, "eval_bad key": 1, "eval_text": "x"})");
  ASSERT_TRUE(metrics);
  ASSERT_EQ(metrics->metrics.size(), 2u);
  EXPECT_EQ(metrics->metrics[0].key, "loss");
  EXPECT_EQ(metrics->metrics[1].key, "accuracy");
  EXPECT_EQ(metrics->left_out, 0u);
}

TEST(Metrics, OverTheLimitAreCountedEachOnce) {
  std::string many = R"("step": 1)";
  for (std::size_t i = 0; i < kMetricsMax + 6; ++i) many += fmt::format(R"(, "eval_task_{}": 0.5)", i);
  const auto metrics = read_metrics("{" + many + "}");
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->metrics.size(), kMetricsMax);
  EXPECT_EQ(metrics->left_out, 6u);
  const auto log = read_training_log(R"({"log_history": [{)" + many + "}, {" + many + "}]}");
  ASSERT_TRUE(log);
  EXPECT_EQ(log->left_out, 6u);
}

TEST(Totals, AreThoseOfTraining) {
  const auto totals = read_totals(
      R"({"epoch": 8.0, "train_loss": 0.74, "train_runtime": 14.5, "train_samples": 160, "eval_loss": 1})");
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->loss, 0.74);
  EXPECT_EQ(totals->samples, 160);
  EXPECT_FALSE(read_totals(R"({"train_runtime": -1})")->seconds);
}

}  // namespace
}  // namespace slipway::card
