#include "run/training_args.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "os/mem_file_system.h"
#include "os/posix_file_system.h"
#include "run/run.h"
#include "support/source_dir.h"
#include "support/training_args_file.h"

namespace slipway::run {
namespace {

using namespace std::string_literals;

constexpr std::string_view kMarker = "hf_MARKERMARKERMARKER";

using testing::archive_of;
using testing::pickled;
using testing::text;

std::string enumeration(std::string_view value) { return "cm\nHubStrategy\n" + text(value) + "\x85R"; }

Result<TrainingArgs> args_of(std::string& buffer) {
  return training_args_of({reinterpret_cast<std::byte*>(buffer.data()), buffer.size()});
}

TEST(TrainingArgs, AreTextsAsARecipeWritesThem) {
  std::string bytes =
      pickled(text("output_dir") + "cpathlib\nPosixPath\n(" + text("/") + text("data") + text("out") + "tR" +
              text("hub_strategy") + enumeration("every_save") + text("learning_rate") +
              "G\x3f\x0a\x36\xe2\xeb\x1c\x43\x2d" + text("num_train_epochs") + "G\x40\x08\0\0\0\0\0\0"s +
              text("seed") + "K\x2a" + text("hub_private_repo") + "\x88" + text("push_to_hub") + "\x89" +
              text("run_name") + "N" + text("report_to") + "](" + text("wandb") + text("trackio") + "e" +
              text("nested") + "}" + text("loss") + "](" + enumeration("sigmoid") + "e");
  const auto args = args_of(bytes);
  ASSERT_TRUE(args) << describe(args.error());
  EXPECT_EQ(args->type, "m.MyConfig");
  EXPECT_EQ(args->output_dir, "/data/out");
  EXPECT_EQ(args->hub_strategy, "every_save");
  EXPECT_EQ(args->hub_private_repo, true);
  EXPECT_EQ(args->push_to_hub, false);
  EXPECT_EQ(args->hub_model_id, std::nullopt);
  using Values = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(args->values, (Values{{"output_dir", "/data/out"},
                                  {"hub_strategy", "every_save"},
                                  {"learning_rate", "5e-05"},
                                  {"num_train_epochs", "3.0"},
                                  {"seed", "42"},
                                  {"hub_private_repo", "true"},
                                  {"push_to_hub", "false"},
                                  {"report_to", "wandb, trackio"},
                                  {"loss", "sigmoid"}}));
}

// Every text that a caller could get at.
std::string all_of(const TrainingArgs& args) {
  std::string out = args.type + args.output_dir.value_or("") + args.hub_model_id.value_or("") +
                    args.hub_revision.value_or("") + args.hub_strategy.value_or("");
  for (const auto& [key, value] : args.values) out += key + value;
  for (const std::string& key : args.secrets) out += key;
  return out;
}

TEST(TrainingArgs, NeverKeepATokenAndOverwriteItWhereItWasRead) {
  for (const std::string& key : {"hub_token"s, "push_to_hub_token"s, "WANDB_API_KEY"s}) {
    std::string bytes =
        pickled(text(key) + text(kMarker) + "\x94" + text("run_name") + "h\0"s + text("seed") + "K\1");
    const auto args = args_of(bytes);
    ASSERT_TRUE(args) << describe(args.error());
    EXPECT_EQ(args->secrets, std::vector{key});
    EXPECT_EQ(args->values.size(), 1U);  // the run's name is the same object as the token
    EXPECT_EQ(all_of(*args).find("MARKER"), std::string::npos);
    EXPECT_EQ(bytes.find("MARKER"), std::string::npos);
  }
}

TEST(TrainingArgs, OfADamagedFileNoErrorQuotesAToken) {
  const std::string whole = pickled(text("hub_token") + text(kMarker) + text("a") + "K\1");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    std::string cut = whole.substr(0, size);
    const auto args = args_of(cut);
    ASSERT_FALSE(args);
    EXPECT_EQ(describe(args.error()).find("MARKER"), std::string::npos);
  }
}

TEST(TrainingArgs, OfATokenTheRunReportsTheKeyAlone) {
  os::MemFileSystem fs;
  fs.put("/run/training_args.bin",
         archive_of(pickled(text("hub_token") + text(kMarker) + text("seed") + "K\7")));
  const RunFacts facts = inspect(fs, "/run").value();
  ASSERT_TRUE(facts.training_args);
  EXPECT_EQ(*facts.training_args->find("seed"), "7");
  const auto problem = std::ranges::find(facts.problems, "token-in-training-args", &Problem::code);
  ASSERT_NE(problem, facts.problems.end());
  EXPECT_NE(problem->message.find("(hub_token)"), std::string::npos) << problem->message;
  EXPECT_EQ(problem->message.find("MARKER"), std::string::npos);
}

TEST(TrainingArgs, ThatCannotBeReadAreReportedAndDoneWithout) {
  for (const std::string& bytes : {"what"s, "PK\3\4"s, archive_of("cos\nsystem\n" + text("true") + "\x85R."),
                                   archive_of("K\1."), std::string()}) {
    os::MemFileSystem fs;
    fs.put("/run/training_args.bin", bytes);
    const RunFacts facts = inspect(fs, "/run").value();
    EXPECT_FALSE(facts.training_args);
    EXPECT_NE(std::ranges::find(facts.problems, "training-args-unread", &Problem::code),
              facts.problems.end());
  }
}

TEST(TrainingArgs, OfTorchsOldLayoutAreReadToo) {
  os::MemFileSystem fs;
  fs.put("/f", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."s + "\x80\2M\xe9\3.\x80\2}." +
                   pickled(text("seed") + "K\5") + "].");
  const auto file = fs.open_read("/f").value();
  const auto args = read_training_args(*file);
  ASSERT_TRUE(args) << describe(args.error());
  EXPECT_EQ(*args->find("seed"), "5");
}

TEST(TrainingArgs, OfARealRunAreAllThere) {
  os::PosixFileSystem fs;
  const auto file = fs.open_read(testing::source_dir() + "/examples/runs/dpo/training_args.bin").value();
  const auto args = read_training_args(*file);
  ASSERT_TRUE(args) << describe(args.error());
  EXPECT_EQ(args->type, "trl.trainer.dpo_config.DPOConfig");
  EXPECT_EQ(*args->find("eval_strategy"), "steps");
  EXPECT_EQ(*args->find("optim"), "adamw_torch_fused");
  EXPECT_EQ(*args->find("loss_type"), "sigmoid");
}

}  // namespace
}  // namespace slipway::run
