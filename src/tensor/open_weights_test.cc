#include <algorithm>
#include <map>
#include <random>

#include "os/mem_file_system.h"
#include "slipway/safetensors.h"
#include "support/golden.h"
#include "support/safetensors_file.h"

namespace slipway::tensor {
namespace {

using testing::index_of;
using testing::safetensors_file;
using testing::TestTensor;

constexpr const char* kFirst = "model-00001-of-00002.safetensors";
constexpr const char* kSecond = "model-00002-of-00002.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

std::string in_run(std::string_view file) { return fmt::format("/run/{}", file); }

// Two shards, "a" in the first and "b" in the second.
struct ShardedFolder {
  ShardedFolder() {
    fs.put(in_run(kFirst), safetensors_file({{"a", Dtype::kF32, {2}, "abcdefgh"}}));
    fs.put(in_run(kSecond), safetensors_file({{"b", Dtype::kBF16, {3}, "uvwxyz"}}));
    fs.put(in_run(kIndex), index_of({{"a", kFirst}, {"b", kSecond}}, 14));
  }
  os::MemFileSystem fs;
};

void put_case(os::MemFileSystem& fs, const json::Value& one) {
  fs.put_dir("/run");
  fs.put(in_run(kIndex), json::print(*one.find("index")));
  for (const auto& [file, tensors] : one.find("files")->members()) {
    std::vector<TestTensor> contents;
    for (const auto& [name, row] : tensors.members()) {
      TestTensor tensor{.name = name, .dtype = parse_dtype(row.items()[0].string()).value()};
      for (const json::Value& extent : row.items()[1].items())
        tensor.shape.push_back(extent.as_uint().value());
      contents.push_back(std::move(tensor));
    }
    fs.put("/run/" + file, safetensors_file(contents));
  }
}

std::string verdict(os::MemFileSystem& fs) {
  const auto weights = open_weights(fs, "/run", "model");
  if (!weights) return weights.error().code == ErrorCode::kCorruptData ? "reject" : describe(weights.error());
  if (!weights->set.stale.empty()) return "reject-or-clean";
  return weights->set.warnings.empty() ? "accept" : "warn";
}

TEST(OpenWeights, GivesTheStrictVerdictOnEveryGoldenIndex) {
  for (const json::Value& one : testing::golden_cases("safetensors/index_cases.json")) {
    os::MemFileSystem fs;
    put_case(fs, one);
    EXPECT_EQ(verdict(fs), testing::text_of(one, "verdict")) << testing::text_of(one, "id");
  }
}

TEST(OpenWeights, ListsShardsInTheIndexsOrderAndReadsThroughThem) {
  ShardedFolder folder;
  const auto weights = open_weights(folder.fs, "/run", "model");
  ASSERT_TRUE(weights) << describe(weights.error());
  EXPECT_EQ(weights->set.files, (std::vector<std::string>{kFirst, kSecond}));
  const auto catalogue = weights->source->catalogue();
  ASSERT_EQ(catalogue.size(), 2u);
  EXPECT_EQ(catalogue[1].name, "b");
  EXPECT_EQ(catalogue[1].file, kSecond);
  std::string bytes(3, '\0');
  ASSERT_TRUE(weights->source->read(1, 2, std::as_writable_bytes(std::span(bytes))));
  EXPECT_EQ(bytes, "wxy");
  EXPECT_EQ(read_all(*weights->source->extent(0), 100).value(), "abcdefgh");
}

TEST(OpenWeights, TakesTheSingleFileAsLoadersDo) {
  ShardedFolder folder;
  folder.fs.put("/run/model.safetensors", safetensors_file({{"only", Dtype::kF32, {1}}}));
  const auto weights = open_weights(folder.fs, "/run", "model");
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->set.files, std::vector<std::string>{"model.safetensors"});
  EXPECT_EQ(weights->set.stale, (std::vector<std::string>{kIndex, kFirst, kSecond}));
}

TEST(OpenWeights, NamesTheFileAtFault) {
  ShardedFolder folder;
  ASSERT_TRUE(folder.fs.remove(in_run(kSecond)));
  const auto weights = open_weights(folder.fs, "/run", "model");
  ASSERT_FALSE(weights);
  EXPECT_EQ(weights.error().code, ErrorCode::kCorruptData);
  EXPECT_EQ(weights.error().context, kSecond);
  EXPECT_NE(weights.error().message.find(kIndex), std::string::npos);
}

TEST(OpenWeights, NamesBothFilesOfATensorThatStandsTwice) {
  ShardedFolder folder;
  folder.fs.put(in_run(kSecond), safetensors_file({{"a", Dtype::kF32, {2}}, {"b", Dtype::kBF16, {3}}}));
  const auto weights = open_weights(folder.fs, "/run", "model");
  ASSERT_FALSE(weights);
  EXPECT_NE(weights.error().message.find(kFirst), std::string::npos);
  EXPECT_NE(weights.error().message.find(kSecond), std::string::npos);
}

TEST(OpenWeights, SaysNotFoundWhereNoWeightsAre) {
  os::MemFileSystem fs;
  fs.put("/run/config.json", "{}");
  EXPECT_EQ(open_weights(fs, "/run", "model").error().code, ErrorCode::kNotFound);
  fs.put("/run/adapter_model.safetensors", safetensors_file({}));
  EXPECT_TRUE(open_weights(fs, "/run", "adapter_model"));
}

TEST(SafetensorsSource, NoticesAFileThatChangedSinceItsHeaderWasRead) {
  ShardedFolder folder;
  const auto weights = open_weights(folder.fs, "/run", "model").value();
  folder.fs.put(in_run(kFirst), safetensors_file({{"a", Dtype::kF32, {2}, "ABCDEFGH"}}));
  std::byte one[1];
  const auto read = weights.source->read(0, 0, one);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kChanged);
  EXPECT_NE(describe(read.error()).find("tensor \"a\""), std::string::npos);
}

std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// Goal: any split of a tensor into reads gives the same bytes. Seeded.
TEST(SafetensorsSourceProperty, AnySplitGivesTheSameBytes) {
  std::mt19937_64 random(7);
  const std::string bytes = random_text(random, 4096);
  os::MemFileSystem fs;
  fs.put("/run/model.safetensors",
         safetensors_file({{"x", Dtype::kF32, {1024}, bytes}, {"y", Dtype::kU8, {5}, "12345"}}));
  const auto weights = open_weights(fs, "/run", "model").value();
  for (int round = 0; round < 50; ++round) {
    std::string seen(bytes.size(), '\0');
    const MutableBytes out = std::as_writable_bytes(std::span(seen));
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t step = std::min<std::size_t>(out.size() - at, random() % 700);
      ASSERT_TRUE(weights.source->read(0, at, out.subspan(at, step)));
      at += step;
    }
    EXPECT_EQ(seen, bytes);
  }
}

}  // namespace
}  // namespace slipway::tensor
