// `slipway save`, and `publish --out` where it writes weights anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "os/counting_file_system.h"
#include "os/faulty_file_system.h"
#include "support/hub_ground.h"
#include "support/safetensors_file.h"
#include "transform/cast.h"

namespace slipway::flow {
namespace {

using tensor::Dtype;
using testing::Publisher;

constexpr std::string_view kRun = "/runs/chatml-full";

PublishOptions save_options(std::string run = std::string(kRun)) {
  return {.run = std::move(run), .out = "/out", .push = false, .save = true, .jobs = 1};
}

std::map<std::string, std::string> tensors_of(os::MemFileSystem& disk, const std::string& folder) {
  const auto weights = tensor::open_weights(disk, folder, "model");
  if (!weights) throw std::runtime_error(describe(weights.error()));
  std::map<std::string, std::string> tensors;
  for (std::size_t i = 0; i < weights->source->catalogue().size(); ++i) {
    const tensor::TensorInfo& info = weights->source->catalogue()[i];
    std::string bytes(info.size_bytes, '\0');
    EXPECT_TRUE(weights->source->read(i, 0, std::as_writable_bytes(std::span(bytes))));
    tensors[info.name] = std::move(bytes);
  }
  return tensors;
}

std::size_t weight_files(os::MemFileSystem& disk, const std::string& folder) {
  return tensor::open_weights(disk, folder, "model").value().set.files.size();
}

// A small tied model with both embeddings stored; `other` tells them apart.
void put_tied_model(os::MemFileSystem& disk, bool other) {
  disk.put("/tied/config.json",
           R"({"architectures": ["OlmoForCausalLM"], "model_type": "olmo", "tie_word_embeddings": true})");
  disk.put("/tied/tokenizer_config.json", "{}");
  disk.put("/tied/model.safetensors",
           testing::safetensors_file({{"lm_head.weight", Dtype::kF32, {2}, other ? "aaaabbbb" : "aaaaaaaa"},
                                      {"model.embed_tokens.weight", Dtype::kF32, {2}, "aaaaaaaa"},
                                      {"model.norm.weight", Dtype::kF32, {1}, "cccc"}}));
}

TEST(Save, CutsTheSameTensorsIntoShardsOfTheSizeAskedFor) {
  Publisher publisher(nullptr);
  PublishOptions options = save_options();
  options.weights.shard_bytes_max = 100'000;
  ASSERT_TRUE(publisher.publish(options));
  EXPECT_GT(weight_files(publisher.disk(), "/out"), 3u);
  EXPECT_EQ(tensors_of(publisher.disk(), "/out"), tensors_of(publisher.disk(), std::string(kRun)));
}

TEST(Save, IsOneFileWhereTheDefaultShardHoldsAll) {
  Publisher publisher(nullptr);
  ASSERT_TRUE(publisher.publish(save_options()));
  EXPECT_TRUE(publisher.disk().text("/out/model.safetensors"));
  EXPECT_FALSE(publisher.disk().text("/out/model.safetensors.index.json"));
}

TEST(Save, CastsEveryFloatToNearestEven) {
  Publisher publisher(nullptr);
  PublishOptions options = save_options();
  options.weights.dtype = Dtype::kF32;
  ASSERT_TRUE(publisher.publish(options));
  const auto before = tensors_of(publisher.disk(), std::string(kRun));
  for (const auto& [name, bytes] : tensors_of(publisher.disk(), "/out")) {
    std::string cast(before.at(name).size() * 2, '\0');
    transform::CastCount count;
    transform::cast_floats(Dtype::kBF16, as_bytes(before.at(name)), Dtype::kF32,
                           std::as_writable_bytes(std::span(cast)), count);
    EXPECT_EQ(bytes, cast) << name;
  }
}

TEST(Save, SaysInTheCardWhatIsPublishedAndNotWhatWasTrained) {
  Publisher publisher(nullptr);
  put_tied_model(publisher.disk(), false);
  PublishOptions options = save_options("/tied");
  options.weights.dtype = Dtype::kBF16;
  ASSERT_TRUE(publisher.publish(options));
  const std::string card = publisher.disk().text("/out/README.md").value();
  EXPECT_NE(card.find("hold 3 values, most of them stored as `bfloat16`"), std::string::npos) << card;
}

TEST(Save, DropsTheSecondCopyOfTiedEmbeddings) {
  Publisher publisher(nullptr);
  put_tied_model(publisher.disk(), false);
  const auto result = publisher.publish(save_options("/tied"));
  ASSERT_TRUE(result) << describe(result.error());
  const auto tensors = tensors_of(publisher.disk(), "/out");
  EXPECT_FALSE(tensors.contains("lm_head.weight"));
  EXPECT_TRUE(tensors.contains("model.embed_tokens.weight"));
}

TEST(Save, KeepsBothEmbeddingsWhenAskedToAndWhenTheyDiffer) {
  for (const bool other : {false, true}) {
    Publisher publisher(nullptr);
    put_tied_model(publisher.disk(), other);
    PublishOptions options = save_options("/tied");
    options.weights.keep_tied = !other;
    ASSERT_TRUE(publisher.publish(options));
    EXPECT_TRUE(tensors_of(publisher.disk(), "/out").contains("lm_head.weight"));
  }
}

TEST(Save, TakesBackATieThatIsNone) {
  Publisher publisher(nullptr);
  put_tied_model(publisher.disk(), true);
  ASSERT_TRUE(publisher.publish(save_options("/tied")));
  EXPECT_NE(publisher.disk().text("/out/config.json")->find(R"("tie_word_embeddings": false)"),
            std::string::npos);
}

TEST(Save, WritesALoneTiedMatrixUnderTheNameOfTheInput) {
  Publisher publisher(nullptr);
  put_tied_model(publisher.disk(), false);
  publisher.disk().put("/tied/model.safetensors",
                       testing::safetensors_file({{"lm_head.weight", Dtype::kF32, {2}, "aaaaaaaa"},
                                                  {"model.layers.0.mlp.weight", Dtype::kF32, {1}, "cccc"}}));
  ASSERT_TRUE(publisher.publish(save_options("/tied")));
  EXPECT_TRUE(tensors_of(publisher.disk(), "/out").contains("model.embed_tokens.weight"));
}

TEST(Save, TakesATrainersWrapperOutOfTheNamesAndRefusesThatInPlace) {
  Publisher publisher(nullptr);
  put_tied_model(publisher.disk(), false);
  publisher.disk().put(
      "/tied/model.safetensors",
      testing::safetensors_file({{"_orig_mod.model.norm.weight", Dtype::kF32, {1}, "cccc"}}));
  PublishOptions options = save_options("/tied");
  ASSERT_TRUE(publisher.publish(options));
  EXPECT_EQ(tensors_of(publisher.disk(), "/out"),
            (std::map<std::string, std::string>{{"model.norm.weight", "cccc"}}));
  options.out.reset();
  const auto in_place = publisher.publish(options);
  ASSERT_FALSE(in_place);
  EXPECT_EQ(in_place.error().code, ErrorCode::kNeedsOutput);
  EXPECT_NE(in_place.error().message.find("_orig_mod.model.norm.weight"), std::string::npos);
}

TEST(Save, RefusesTwoTensorsThatOnlyAWrapperTellsApart) {
  Publisher publisher(nullptr);
  put_tied_model(publisher.disk(), false);
  publisher.disk().put("/tied/model.safetensors",
                       testing::safetensors_file({{"_orig_mod.model.norm.weight", Dtype::kF32, {1}, "cccc"},
                                                  {"model.norm.weight", Dtype::kF32, {1}, "dddd"}}));
  const auto result = publisher.publish(save_options("/tied"));
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("model.norm.weight stands twice"), std::string::npos);
}

TEST(Save, RefusesACastThatOverflowsAndLeavesNothingBehind) {
  Publisher publisher(nullptr);
  const float large = 70'000.0F;
  std::string bytes(sizeof large, '\0');
  std::memcpy(bytes.data(), &large, sizeof large);
  put_tied_model(publisher.disk(), false);
  publisher.disk().put("/tied/model.safetensors",
                       testing::safetensors_file({{"model.norm.weight", Dtype::kF32, {1}, bytes}}));
  PublishOptions options = save_options("/tied");
  options.weights.dtype = Dtype::kF16;
  const auto result = publisher.publish(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorruptData);
  EXPECT_NE(describe(result.error()).find("1 values of model.norm.weight are too large for float16"),
            std::string::npos)
      << describe(result.error());
  EXPECT_TRUE(publisher.disk().tree("/out").empty());
  EXPECT_TRUE(publisher.disk().tree("/out.partial").empty());
}

TEST(Save, NeverEmptiesAPartialFolderThatIsSomebodyElses) {
  const auto refused_by = [](const std::function<void(os::MemFileSystem&)>& put) {
    Publisher publisher(nullptr);
    put(publisher.disk());
    const auto theirs = [&] {
      return std::pair(publisher.disk().tree("/out.partial"), publisher.disk().tree("/mine"));
    };
    const auto before = theirs();
    const auto result = publisher.publish(save_options());
    EXPECT_FALSE(result);
    EXPECT_EQ(theirs(), before);
    return result ? "" : describe(result.error());
  };
  const auto files = [](os::MemFileSystem& disk) { disk.put("/out.partial/notes.txt", "mine"); };
  const auto named = [](os::MemFileSystem& disk) { disk.put("/out.partial/config.json", "mine"); };
  const auto link = [](os::MemFileSystem& disk) {
    disk.put("/mine/notes.txt", "mine");
    disk.put_symlink("/mine", "/out.partial");
  };
  const auto file = [](os::MemFileSystem& disk) { disk.put("/out.partial", "mine"); };
  for (const auto& put : {std::function<void(os::MemFileSystem&)>(files), {named}, {link}, {file}})
    EXPECT_NE(refused_by(put).find("/out.partial is needed"), std::string::npos);
}

TEST(Save, IsNotDoneWhereAnotherModelStandsBesideIt) {
  Publisher publisher(nullptr);
  ASSERT_TRUE(publisher.publish(save_options()));
  publisher.disk().put("/out/notes.txt", "mine");
  EXPECT_TRUE(publisher.publish(save_options()));
  publisher.disk().put("/out/adapter_config.json", "{}");
  const auto result = publisher.publish(save_options());
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("/out holds adapter_config.json"), std::string::npos);
}

TEST(Save, SaysAtOnceThatItsFolderIsNone) {
  for (const bool link : {false, true}) {
    Publisher publisher(nullptr);
    link ? publisher.disk().put_symlink("/nowhere", "/out") : publisher.disk().put("/out", "a file");
    const auto result = publisher.publish(save_options());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kAlreadyExists);
    EXPECT_TRUE(publisher.disk().tree("/out.partial").empty());
  }
}

TEST(Save, WritesWeightsAloneWhereThereIsNoConfig) {
  Publisher publisher(nullptr);
  publisher.disk().put("/bare/model.safetensors",
                       testing::safetensors_file({{"w", Dtype::kF32, {1}, "abcd"}}));
  const auto result = publisher.publish(save_options("/bare"));
  ASSERT_TRUE(result) << describe(result.error());
  EXPECT_TRUE(
      std::ranges::any_of(result->warnings, [](const auto& w) { return w.code == "config-missing"; }));
  EXPECT_EQ(tensors_of(publisher.disk(), "/out").at("w"), "abcd");
}

TEST(Publish, NeverRewritesWeightsInPlace) {
  Publisher publisher(nullptr);
  PublishOptions options = save_options();
  options.out.reset();
  options.save = false;
  options.weights.dtype = Dtype::kF32;
  const auto result = publisher.publish(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNeedsOutput);
}

// Whichever call fails, and however the power goes then: the run is whole, and the same command ends in
// the same bytes.
TEST(Save, EndsInTheSameBytesWhicheverCallFails) {
  PublishOptions options = save_options();
  options.weights.shard_bytes_max = 100'000;
  Publisher whole(nullptr);
  ASSERT_TRUE(whole.publish(options));
  const os::MemTree wanted = whole.disk().tree("/out");
  std::uint64_t fail_at = 0;
  for (;; ++fail_at) {
    Publisher publisher(nullptr);
    os::FaultyFileSystem faulty(publisher.disk(), fail_at, os::FaultyFileSystem::Mode::kPersistent);
    const auto first = publisher.publish_on(faulty, options);
    if (!faulty.fired()) break;
    publisher.disk().crash();
    SCOPED_TRACE(::testing::Message() << "failing call " << fail_at << ": " << faulty.failed_call());
    const os::MemTree half = publisher.disk().tree("/out");
    EXPECT_TRUE(half.empty() || half == wanted);
    const auto again = publisher.publish(options);
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(publisher.disk().tree("/out"), wanted);
    EXPECT_TRUE(publisher.disk().tree("/out.partial").empty());
  }
  std::printf("%llu failing calls\n", static_cast<unsigned long long>(fail_at));
  EXPECT_GT(fail_at, 50u);
}

TEST(Save, DoesNotWriteFinishedShardsAgain) {
  PublishOptions options = save_options();
  options.weights.shard_bytes_max = 100'000;
  Publisher publisher(nullptr);
  // The disk fails for good at the last rename: every file is whole by then.
  std::uint64_t last = 0;
  for (;; ++last) {
    Publisher probe(nullptr);
    os::FaultyFileSystem faulty(probe.disk(), last, os::FaultyFileSystem::Mode::kPersistent);
    (void)probe.publish_on(faulty, options);
    if (faulty.failed_call().find("/out.partial/tokenizer_config.json") != std::string::npos) break;
    ASSERT_LT(last, 10'000u);
  }
  os::FaultyFileSystem faulty(publisher.disk(), last, os::FaultyFileSystem::Mode::kPersistent);
  ASSERT_FALSE(publisher.publish_on(faulty, options));
  publisher.disk().crash();
  os::CountingFileSystem counting(publisher.disk());
  const auto again = publisher.publish_on(counting, options);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_LT(counting.bytes_written() + counting.bytes_copied(), again->bytes.total / 10);
}

}  // namespace
}  // namespace slipway::flow
