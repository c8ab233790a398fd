// Any text as adapter_config.json, then a line of names and shapes for each tensor of the adapter: the plan
// of a merge into a small base is refused or made, never a crash; what is made reads nothing outside of any
// tensor.
//
//   {"r": 2, ...}
//   --
//   base_model.model.m.lora_A.weight 2 8
#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>

#include "slipway/json.h"
#include "slipway/safetensors.h"
#include "transform/merge/adapter_keys.h"
#include "transform/merge/merge_plan.h"

namespace {

using namespace slipway;
using transform::Strided;

constexpr std::size_t kTensorsMax = 64;
constexpr std::size_t kConfigBytesMax = 1u << 16;

tensor::TensorInfo info_of(const std::string& name, std::vector<std::uint64_t> shape) {
  tensor::TensorInfo info{.name = name, .shape = std::move(shape), .file = "f"};
  info.size_bytes = tensor::tensor_size_bytes({info.name, info.dtype, info.shape});
  return info;
}

std::vector<tensor::TensorInfo> small_base() {
  return {info_of("model.embed_tokens.weight", {6, 4}),
          info_of("model.layers.0.q.weight", {5, 8}),
          info_of("model.layers.0.q.bias", {5}),
          info_of("model.layers.0.square.weight", {4, 4}),
          info_of("model.layers.0.c.weight", {3, 2, 2}),
          info_of("model.layers.0.experts.up", {2, 6, 4}),
          info_of("model.layers.0.experts.down", {2, 4, 3})};
}

std::vector<tensor::TensorInfo> adapter_of(std::string_view lines) {
  std::map<std::string, tensor::TensorInfo> by_name;
  std::istringstream text{std::string(lines)};
  for (std::string line; std::getline(text, line) && by_name.size() < kTensorsMax;) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    std::vector<std::uint64_t> shape;
    for (std::uint64_t size = 0; words >> size && shape.size() < 8;) shape.push_back(size);
    tensor::TensorInfo info = info_of(name, std::move(shape));
    const bool empty = std::ranges::find(info.shape, 0U) != info.shape.end();
    if (info.size_bytes > 0 || empty) by_name.emplace(name, std::move(info));
  }
  std::vector<tensor::TensorInfo> all;
  for (auto& [name, info] : by_name) all.push_back(std::move(info));
  return all;
}

// Under the name that peft saves, a tensor of the tuner is still what it was.
void check_names(const std::vector<tensor::TensorInfo>& adapter) {
  using enum transform::KeyRole;
  for (const tensor::TensorInfo& info : adapter) {
    const transform::AdapterKey stored = transform::parse_adapter_key(info.name);
    const transform::AdapterKey saved = transform::parse_adapter_key(transform::saved_name(info.name));
    const bool tuners = stored.role != kUnknown && stored.role != kFullTensor && stored.role != kOriginal;
    SLIPWAY_CHECK(!tuners || (saved.role == stored.role && saved.module == stored.module));
  }
}

void check_inside(const Strided& where, std::uint64_t count, const transform::LowRank& low,
                  const std::vector<tensor::TensorInfo>& adapter) {
  if (count == 0 || low.rank == 0 || low.blocks == 0) return;
  const std::uint64_t last = where.begin + (low.blocks - 1) * where.block_step + (count - 1) * where.step +
                             (low.rank - 1) * where.rank_step;
  SLIPWAY_CHECK(last < tensor::elements_of(adapter[where.tensor]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find("\n--\n");
  if (cut == std::string_view::npos || cut > kConfigBytesMax) return 0;
  const auto json = json::parse(text.substr(0, cut), {.allow_nan = true});
  if (!json) return 0;
  const auto config = transform::AdapterConfig::parse(*json);
  if (!config) return 0;
  const auto base = small_base();
  const auto adapter = adapter_of(text.substr(cut + 4));
  transform::BaseConfig of_base{.tied = size % 2 == 0};
  if (size % 3 != 0) of_base.experts_turned = size % 3 == 1;
  check_names(adapter);
  const auto plan = transform::plan_merge(base, adapter, *config, of_base);
  if (!plan) return 0;
  SLIPWAY_CHECK(plan->tensors.size() >= base.size());
  for (const transform::MergedTensor& merged : plan->tensors) {
    SLIPWAY_CHECK(merged.rows * merged.columns == tensor::elements_of(merged.info));
    if (merged.replacement)
      SLIPWAY_CHECK(tensor::elements_of(adapter[*merged.replacement]) == merged.rows * merged.columns);
    for (const transform::TakenRow& taken : merged.rows_taken)
      SLIPWAY_CHECK(taken.row < merged.rows &&
                    (taken.from + 1) * merged.columns <= tensor::elements_of(adapter[taken.tensor]));
    if (merged.bias)
      SLIPWAY_CHECK(tensor::elements_of(adapter[merged.bias->tensor]) == merged.rows * merged.columns);
    if (!merged.low_rank) continue;
    SLIPWAY_CHECK(merged.rows % merged.low_rank->blocks == 0);
    check_inside(merged.low_rank->left, merged.rows / merged.low_rank->blocks, *merged.low_rank, adapter);
    check_inside(merged.low_rank->right, merged.columns, *merged.low_rank, adapter);
  }
  return 0;
}
