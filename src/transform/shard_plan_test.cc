#include "transform/shard_plan.h"

#include <algorithm>
#include <map>
#include <random>

#include "os/mem_file_system.h"
#include "slipway/safetensors.h"
#include "support/golden.h"
#include "support/safetensors_file.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;

std::map<std::string, std::vector<std::string>> planned(const std::vector<tensor::TensorInfo>& catalogue,
                                                        std::uint64_t bytes_max) {
  std::map<std::string, std::vector<std::string>> names;
  for (const Shard& shard : plan_shards(catalogue, "model", bytes_max)) {
    for (const std::size_t index : shard.tensors) names[shard.file].push_back(catalogue[index].name);
  }
  return names;
}

// A safetensors file cannot say that two tensors share their bytes, so neither can a catalogue.
bool shares_storage(const json::Value& one) {
  return std::ranges::any_of(one.find("tensors")->items(),
                             [](const json::Value& tensor) { return tensor.find("storage") != nullptr; });
}

TEST(ShardPlan, CutsAsHuggingfaceHubDoes) {
  for (const json::Value& one : testing::golden_cases("safetensors/shard_split.json")) {
    if (shares_storage(one)) continue;
    std::vector<tensor::TensorInfo> catalogue;
    for (const json::Value& item : one.find("tensors")->items()) {
      catalogue.push_back(
          {.name = testing::text_of(item, "name"), .size_bytes = item.find("bytes")->as_uint().value()});
    }
    std::map<std::string, std::vector<std::string>> expected;
    for (const auto& [file, names] : one.find("shards")->members()) {
      for (const json::Value& name : names.items()) expected[file].push_back(name.string());
    }
    EXPECT_EQ(planned(catalogue, one.find("max_shard_size")->as_uint().value()), expected)
        << testing::text_of(one, "id");
  }
}

TEST(ShardPlan, PlansNothingForNothing) { EXPECT_TRUE(plan_shards({}, "model").empty()); }

struct SmallModel {
  SmallModel() {
    fs.put("/run/model.safetensors", testing::safetensors_file({{"b", Dtype::kF32, {2}, "bbbbBBBB"},
                                                                {"a", Dtype::kBF16, {3}, "aaAAaa"},
                                                                {"empty", Dtype::kF32, {0}},
                                                                {"c", Dtype::kF32, {1}, "cccc"}}));
    source = tensor::open_weights(fs, "/run", "model").value().source;
  }
  os::MemFileSystem fs;
  std::shared_ptr<const tensor::TensorSource> source;
};

TEST(ShardContent, IsTheOfficialWritersFile) {
  SmallModel model;
  const auto shards = plan_shards(model.source->catalogue(), "model");
  ASSERT_EQ(shards.size(), 1u);
  const auto content = shard_content(model.source, shards[0]).value();
  EXPECT_EQ(read_all(*content, 1 << 20).value(), model.fs.text("/run/model.safetensors"));
}

TEST(ShardContent, ShardsReadBackToTheSameTensors) {
  SmallModel model;
  os::MemFileSystem out;
  std::map<std::string, std::string> weight_map;
  for (const Shard& shard : plan_shards(model.source->catalogue(), "model", 9)) {
    out.put("/out/" + shard.file, read_all(*shard_content(model.source, shard).value(), 1 << 20).value());
    for (const std::size_t index : shard.tensors)
      weight_map[model.source->catalogue()[index].name] = shard.file;
  }
  EXPECT_EQ(out.tree("/out").size(), 3u);
  out.put("/out/model.safetensors.index.json", testing::index_of(weight_map, 18));
  const auto weights = tensor::open_weights(out, "/out", "model");
  ASSERT_TRUE(weights) << describe(weights.error());
  EXPECT_TRUE(weights->set.warnings.empty());
  for (std::size_t i = 0; i < weights->source->catalogue().size(); ++i) {
    const auto& info = weights->source->catalogue()[i];
    const auto before = std::ranges::find(model.source->catalogue(), info.name, &tensor::TensorInfo::name);
    const auto at = static_cast<std::size_t>(before - model.source->catalogue().begin());
    EXPECT_EQ(read_all(*weights->source->extent(i), 100).value(),
              read_all(*model.source->extent(at), 100).value());
  }
}

// Goal: any split of a shard into reads gives the same bytes. Seeded.
TEST(ShardContentProperty, AnySplitGivesTheSameBytes) {
  SmallModel model;
  const auto content =
      shard_content(model.source, plan_shards(model.source->catalogue(), "model")[0]).value();
  const std::string whole = read_all(*content, 1 << 20).value();
  std::mt19937_64 random(3);
  for (int round = 0; round < 100; ++round) {
    std::string seen(whole.size(), '\0');
    const MutableBytes out = std::as_writable_bytes(std::span(seen));
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t step = std::min<std::size_t>(out.size() - at, random() % 20);
      ASSERT_TRUE(content->read(at, out.subspan(at, step)));
      at += step;
    }
    ASSERT_EQ(seen, whole) << "round " << round;
  }
}

}  // namespace
}  // namespace slipway::transform
