#include "run/checkpoints.h"

#include <gmock/gmock.h>

#include "os/mem_file_system.h"

namespace slipway::run {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A run with a file in each of these folders.
Walked run_with(const std::vector<std::string>& folders) {
  os::MemFileSystem fs;
  fs.put_dir("/run");
  for (const std::string& folder : folders) fs.put("/run/" + folder + "/model.safetensors", "");
  return walk(fs, "/run").value();
}

TEST(Checkpoints, AreFoundUnderEveryTrainersNamesNewestFirst) {
  EXPECT_THAT(checkpoint_folders(run_with({"checkpoint-9", "checkpoint-10"})),
              ElementsAre("checkpoint-10", "checkpoint-9"));
  EXPECT_THAT(
      checkpoint_folders(
          run_with({"checkpoints/checkpoint_0", "checkpoints/checkpoint_11", "checkpoints/checkpoint_2"})),
      ElementsAre("checkpoints/checkpoint_11", "checkpoints/checkpoint_2", "checkpoints/checkpoint_0"));
  EXPECT_THAT(checkpoint_folders(run_with({"step_500", "step_1000"})), ElementsAre("step_1000", "step_500"));
  EXPECT_THAT(checkpoint_folders(run_with({"epoch_0", "epoch_1"})), ElementsAre("epoch_1", "epoch_0"));
}

TEST(Checkpoints, NamesOfTwoKindsAreNotCompared) {
  EXPECT_THAT(checkpoint_folders(run_with({"checkpoint-1", "epoch_3", "step_9"})),
              ElementsAre("checkpoint-1"));
  EXPECT_THAT(checkpoint_folders(run_with({"epoch_3", "step_9"})), ElementsAre("step_9"));
}

TEST(Checkpoints, OtherNamesAreNone) {
  EXPECT_THAT(checkpoint_folders(run_with({"checkpoint-", "checkpoint--1", "checkpoint-1x",
                                           "checkpoint-99999999999999999999", "checkpoint_1",
                                           "checkpoints/checkpoint-1", "epoch_", "a/epoch_1", "epochs_1"})),
              IsEmpty());
  for (const char* name : {"epoch_-1", "checkpoints", "checkpoints/", "checkpointscheckpoint_1"})
    EXPECT_FALSE(is_checkpoint(name)) << name;
}

TEST(Checkpoints, SayWhichRunTheyAreOf) {
  EXPECT_EQ(run_around("/runs/a/checkpoint-3"), "/runs/a");
  EXPECT_EQ(run_around("/runs/a/epoch_3"), "/runs/a");
  EXPECT_EQ(run_around("/runs/a/checkpoints/checkpoint_3"), "/runs/a");
  EXPECT_EQ(run_around("/runs/a/checkpoint_3"), std::nullopt);
  EXPECT_EQ(run_around("/runs/a"), std::nullopt);
  EXPECT_EQ(run_around("/runs/a/checkpoint-3/pytorch_model_fsdp_0"), "/runs/a");
  EXPECT_EQ(run_around("/runs/a/pytorch_model_fsdp_0"), "/runs/a");
  EXPECT_EQ(run_around("/runs/a/checkpoint-3/global_step3"), "/runs/a");
}

TEST(Checkpoints, StepsAreCountedByTheNamesThatCountSteps) {
  EXPECT_EQ(named_step("/a/checkpoint-30"), 30);
  EXPECT_EQ(named_step("/a/step_30"), 30);
  EXPECT_EQ(named_step("/a/checkpoint-30/pytorch_model_fsdp_0"), 30);
  EXPECT_EQ(named_step("/a/epoch_30"), std::nullopt);
  EXPECT_EQ(named_step("/a/checkpoints/checkpoint_30"), std::nullopt);
}

}  // namespace
}  // namespace slipway::run
