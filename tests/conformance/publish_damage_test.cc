// What is wrong with the run, the disk or the Hub is one clear error, and nothing is lost by it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "os/faulty_file_system.h"
#include "support/publish_ground.h"

namespace slipway::flow {
namespace {

using os::Mishap;

TEST_F(PublishTest, ASecretInATextRefusesTheReleaseBeforeAnythingIsChanged) {
  const std::string token = std::string("hf_") + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567";
  publisher_.disk().put("/runs/chatml-full/LICENSE", "mine\n" + token + "\n");
  const os::MemTree before = publisher_.disk().tree("/runs/chatml-full");
  for (const bool elsewhere : {false, true}) {
    PublishOptions options = full();
    if (elsewhere) options.out = "/release";
    const auto result = publisher_.publish(options);
    EXPECT_EQ(code_of(result), ErrorCode::kRefused);
    EXPECT_NE(describe(result.error()).find("LICENSE:2"), std::string::npos) << describe(result.error());
    os::MemTree after = publisher_.disk().tree("/runs/chatml-full");
    std::erase_if(after, [](const auto& row) { return row.first.find("/.cache") != std::string::npos; });
    EXPECT_EQ(after, before);
    EXPECT_TRUE(publisher_.disk().tree("/release").empty());
  }
  PublishOptions allowed = full();
  allowed.allowed_secrets = {sha256_hex(as_bytes(token))};
  EXPECT_TRUE(publisher_.publish(allowed));
}

// Nor does what was allowed once stay allowed in the folder that it was written to.
TEST_F(PublishTest, ASecretInTheOutputFolderIsRefusedByEachCommandThatDoesNotAllowIt) {
  const std::string token = std::string("hf_") + "AbCdEfGhIjKlMnOpQrStUvWxYz01234567";
  PublishOptions options = full(), allowed = full();
  options.out = allowed.out = "/release";
  allowed.allowed_secrets = {sha256_hex(as_bytes(token))};
  // The disk fails for good at the rename that ends the work: all files are written by then.
  bool renaming = false;
  for (std::uint64_t fail_at = os::FaultyFileSystem::kNever; !renaming;) {
    testing::Publisher half(nullptr);
    half.disk().put("/runs/chatml-full/LICENSE", token);
    PublishOptions written = allowed;
    written.push = false;
    os::FaultyFileSystem faulty(half.disk(), fail_at, os::FaultyFileSystem::Mode::kPersistent);
    ASSERT_EQ(half.publish_on(faulty, written).has_value(), fail_at == os::FaultyFileSystem::kNever);
    renaming = faulty.failed_call().starts_with("rename /release.partial");
    fail_at = std::min(fail_at, faulty.calls()) - 1;
    written.allowed_secrets.clear();
    if (renaming) {
      EXPECT_EQ(code_of(half.publish(written)), ErrorCode::kRefused);
    }
  }
  publisher_.disk().put("/runs/chatml-full/LICENSE", token);
  EXPECT_TRUE(publisher_.publish(allowed));
  EXPECT_EQ(code_of(publisher_.publish(options)), ErrorCode::kRefused);
}
struct Damage {
  std::string name;
  std::string run;
  std::function<void(os::MemFileSystem&)> make;
  ErrorCode code;
  std::string named;  // must stand in the message
};

class BadInput : public PublishTest, public ::testing::WithParamInterface<Damage> {};

TEST_P(BadInput, IsRefusedByNameAndNothingIsLost) {
  GetParam().make(publisher_.disk());
  const os::MemTree before = publisher_.disk().tree("/runs");
  PublishOptions options{.run = "/runs/" + GetParam().run, .push = true, .to = "me/bad", .jobs = 1};
  const auto result = publisher_.publish(options);
  EXPECT_EQ(code_of(result), GetParam().code) << describe(result.error());
  EXPECT_NE(describe(result.error()).find(GetParam().named), std::string::npos) << describe(result.error());
  EXPECT_EQ(describe(result.error()).find('\n'), std::string::npos);
  os::MemTree after = publisher_.disk().tree("/runs");
  std::erase_if(after, [](const auto& row) { return row.first.find("/.cache") != std::string::npos; });
  EXPECT_EQ(after, before);
  EXPECT_EQ(publisher_.transport().count("POST", "/api/repos/create"), 0u);
}

std::string index_without(os::MemFileSystem& disk, std::string_view tensor) {
  auto index = json::Document::parse(*disk.text("/runs/chatml-full/model.safetensors.index.json")).value();
  const std::array<std::string_view, 2> path{"weight_map", tensor};
  EXPECT_TRUE(index.erase(path));
  return index.text();
}

INSTANTIATE_TEST_SUITE_P(
    Runs, BadInput,
    ::testing::Values(
        Damage{"TruncatedShard", "chatml-full",
               [](os::MemFileSystem& disk) {
                 const std::string path = "/runs/chatml-full/model-00002-of-00003.safetensors";
                 disk.put(path, disk.text(path)->substr(0, 60'000));
               },
               ErrorCode::kCorruptData, "model-00002-of-00003.safetensors"},
        Damage{"MissingIndexEntry", "chatml-full",
               [](os::MemFileSystem& disk) {
                 disk.put("/runs/chatml-full/model.safetensors.index.json",
                          index_without(disk, "lm_head.weight"));
               },
               ErrorCode::kCorruptData, "lm_head.weight"},
        Damage{"BrokenConfig", "chatml-full",
               [](os::MemFileSystem& disk) { disk.put("/runs/chatml-full/config.json", "{\"a\": 1,}"); },
               ErrorCode::kCorruptData, "config.json"},
        Damage{"LinkOut", "chatml-full",
               [](os::MemFileSystem& disk) {
                 EXPECT_TRUE(disk.remove("/runs/chatml-full/tokenizer_config.json"));
                 disk.put("/etc/secret", "root");
                 disk.put_symlink("/etc/secret", "/runs/chatml-full/tokenizer_config.json");
               },
               ErrorCode::kRefused, "tokenizer_config.json"},
        Damage{"TorchWeights", "torch",
               [](os::MemFileSystem& disk) {
                 disk.put("/runs/torch/config.json", "{\"architectures\": [\"LlamaForCausalLM\"]}");
                 disk.put("/runs/torch/pytorch_model.bin", "PK");
               },
               ErrorCode::kCorruptData, "pytorch_model.bin"},
        Damage{"NoWeights", "empty",
               [](os::MemFileSystem& disk) {
                 disk.put("/runs/empty/config.json", "{}");
                 disk.put("/runs/empty/checkpoint-20/model.safetensors", "x");
               },
               ErrorCode::kRefused, "checkpoint-20"},
        Damage{"NotThere", "nowhere", [](os::MemFileSystem&) {}, ErrorCode::kNotFound, "/runs/nowhere"}),
    [](const auto& row) { return row.param.name; });

TEST_F(PublishTest, AFullDiskIsSaidAndTheRunStillLoads) {
  publisher_.disk().set_free_space(300);
  const auto result = publisher_.publish(local("/runs/chatml-full"));
  EXPECT_EQ(code_of(result), ErrorCode::kNoSpace);
  EXPECT_TRUE(run::inspect(publisher_.disk(), "/runs/chatml-full")->problems.empty());
}

TEST_F(PublishTest, ABrokenCardNeverBlocksTheWeights) {
  publisher_.disk().put("/runs/chatml-full/README.md", "---\nlicense: [mit\n---\n\nMy own words.\n");
  const auto result = publisher_.publish(full());
  ASSERT_TRUE(result) << describe(result.error());
  const std::string card = *publisher_.disk().text("/runs/chatml-full/README.md");
  EXPECT_NE(card.find("My own words."), std::string::npos);
  EXPECT_TRUE(
      std::ranges::any_of(result->warnings, [](const auto& w) { return w.code == "front-matter-broken"; }));
}

TEST_F(PublishTest, WeightsThatAreNotFiniteAreRefusedByName) {
  const std::string path = "/runs/chatml-full/model-00003-of-00003.safetensors";
  std::string bytes = *publisher_.disk().text(path);
  bytes.replace(bytes.size() - 2, 2, "\xC0\x7F");  // a bf16 NaN
  publisher_.disk().put(path, bytes);
  EXPECT_EQ(code_of(publisher_.publish(full())), ErrorCode::kCorruptData);
  PublishOptions allowed = full();
  allowed.allow_nan = true;
  EXPECT_TRUE(publisher_.publish(allowed));
}

struct HubAnswer {
  int status;
  std::string at;  // part of the URL
  ErrorCode code;
  std::string named;
};

class BadHub : public PublishTest, public ::testing::WithParamInterface<HubAnswer> {};

TEST_P(BadHub, IsOneClearErrorAndARerunFinishes) {
  const HubAnswer& answer = GetParam();
  publisher_.transport().set_script([&](const os::HttpRequest& request, std::size_t) {
    const bool hit = request.url.find(answer.at) != std::string::npos;
    return Mishap{.kind = hit ? Mishap::Kind::kStatus : Mishap::Kind::kNone, .status = answer.status};
  });
  const auto result = publisher_.publish(full());
  EXPECT_EQ(code_of(result), answer.code) << describe(result.error());
  EXPECT_NE(describe(result.error()).find(answer.named), std::string::npos) << describe(result.error());
  publisher_.transport().set_script({});
  const auto again = publisher_.publish(full());
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(commits("me/tiny"), 2u);
}

INSTANTIATE_TEST_SUITE_P(
    Statuses, BadHub,
    ::testing::Values(HubAnswer{401, "/commit/", ErrorCode::kUnauthorized, "HF_TOKEN"},
                      HubAnswer{403, "/repos/create", ErrorCode::kUnauthorized, "me/tiny"},
                      HubAnswer{404, "/preupload/", ErrorCode::kNotFound, "me/tiny"},
                      HubAnswer{409, "/commit/", ErrorCode::kConflict, "--replan"},
                      HubAnswer{412, "/commit/", ErrorCode::kConflict, "--replan"},
                      HubAnswer{500, "/lfs/objects/batch", ErrorCode::kUnavailable, "later"},
                      HubAnswer{429, "/preupload/", ErrorCode::kUnavailable, "later"}),
    [](const auto& row) { return "Status" + std::to_string(row.param.status); });

}  // namespace
}  // namespace slipway::flow
