// `publish --stream`: what is made of a run goes straight to the Hub, and is what `--out` would have written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/counting_file_system.h"
#include "support/hub_ground.h"
#include "support/safetensors_file.h"

namespace slipway::flow {
namespace {

using tensor::Dtype;
using ::testing::HasSubstr;

class StreamTest : public ::testing::Test {
 protected:
  static PublishOptions streamed(std::string run, std::string to) {
    return {.run = std::move(run), .stream = true, .push = true, .to = std::move(to), .jobs = 1};
  }
  static PublishOptions by_folder(PublishOptions options, std::string to) {
    options.stream = false;
    options.out = "/out/" + to;
    options.to = std::move(to);
    return options;
  }

  PublishResult done(const PublishOptions& options) {
    auto result = publisher_.publish(options);
    EXPECT_TRUE(result) << describe(result.error());
    return result ? std::move(*result) : PublishResult{};
  }

  Error refusal(const PublishOptions& options) {
    const auto result = publisher_.publish(options);
    EXPECT_FALSE(result);
    return result ? Error{} : result.error();
  }

  // Weights and index: cards and manifests name their repository.
  std::map<std::string, std::string> weights_in(const std::string& repo) {
    auto tree = testing::remote_tree(hub_.transport(), repo);
    std::erase_if(tree, [](const auto& row) { return row.first.find(".safetensors") == std::string::npos; });
    return tree;
  }

  testing::HubGround hub_;
  testing::Publisher publisher_{&hub_.transport()};
};

TEST_F(StreamTest, SendsWhatOutWritesAndLeavesTheRunAsItIs) {
  PublishOptions options = streamed("/runs/chatml-full", "me/streamed");
  options.weights.dtype = Dtype::kF32;
  options.weights.shard_bytes_max = 300'000;
  const os::MemTree before = testing::run_tree(publisher_.disk(), "/runs/chatml-full");
  const PublishResult result = done(options);
  EXPECT_TRUE(result.changed);
  EXPECT_EQ(testing::run_tree(publisher_.disk(), "/runs/chatml-full"), before);
  done(by_folder(options, "me/copied"));
  const auto sent = weights_in("me/streamed");
  EXPECT_GT(sent.size(), 3u);
  EXPECT_EQ(sent, weights_in("me/copied"));
}

TEST_F(StreamTest, OfTheSameRunAgainMakesNoCommit) {
  PublishOptions options = streamed("/runs/chatml-full", "me/streamed");
  options.weights.dtype = Dtype::kF32;
  const PublishResult first = done(options);
  const PublishResult second = done(options);
  EXPECT_FALSE(second.changed);
  EXPECT_EQ(second.commit, first.commit);
}

TEST_F(StreamTest, MergesAnAdapterOnItsWay) {
  PublishOptions options = streamed("/runs/lora", "me/streamed");
  options.merge = true;
  options.base = "/bases/tiny-qwen";
  const PublishResult result = done(options);
  ASSERT_TRUE(result.merged);
  EXPECT_FALSE(result.merged->modules.empty());
  done(by_folder(options, "me/copied"));
  EXPECT_EQ(weights_in("me/streamed"), weights_in("me/copied"));
  EXPECT_FALSE(testing::remote_tree(hub_.transport(), "me/streamed").contains("adapter_config.json"));
}

TEST_F(StreamTest, IsRefusedWhereNothingIsToBeSent) {
  PublishOptions options = streamed("/runs/chatml-full", "me/streamed");
  options.push = false;
  const Error error = refusal(options);
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("--to"));
  options.push = true;
  options.offline = true;
  EXPECT_EQ(refusal(options).code, ErrorCode::kOffline);
}

TEST_F(StreamTest, NamesTheTensorThatACastWouldMakeInfinite) {
  const std::string large("\x00\x00\x89\x47", 4);  // 70144
  publisher_.disk().put("/wide/config.json",
                        R"({"architectures": ["OlmoForCausalLM"], "model_type": "olmo"})");
  publisher_.disk().put("/wide/tokenizer_config.json", "{}");
  publisher_.disk().put("/wide/model.safetensors",
                        testing::safetensors_file({{"model.norm.weight", Dtype::kF32, {1}, large}}));
  PublishOptions options = streamed("/wide", "me/wide");
  options.weights.dtype = Dtype::kF16;
  const Error error = refusal(options);
  EXPECT_EQ(error.code, ErrorCode::kCorruptData);
  EXPECT_THAT(error.message, HasSubstr("1 values of model.norm.weight are too large for float16"));
}

// A trainer that writes on while we send: what was digested is no more what is there.
TEST_F(StreamTest, IsRefusedWhereTheWeightsChangeBeforeTheyAreSent) {
  PublishOptions options = streamed("/runs/chatml-full", "me/streamed");
  options.weights.dtype = Dtype::kF32;
  const std::string file = "/runs/chatml-full/model-00001-of-00003.safetensors";
  publisher_.transport().set_script([&](const os::HttpRequest& request, std::size_t) {
    if (request.url.find("/api/models/me/streamed") != std::string::npos)
      publisher_.disk().put(file, publisher_.disk().text(file).value());
    return os::Mishap{};
  });
  EXPECT_EQ(refusal(options).code, ErrorCode::kChanged);
}

}  // namespace
}  // namespace slipway::flow
