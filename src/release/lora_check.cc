#include "release/lora_check.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "slipway/json.h"

namespace slipway::release {
namespace {

constexpr std::string_view kConfig = "adapter_config.json";

bool is_set(const json::Value& config, std::string_view key) {
  const json::Value* value = config.find(key);
  return value != nullptr && (!value->members().empty() || !value->items().empty());
}

// "q_proj.lora_B.weight" of "q_proj.lora_A.weight", and the other way; "" of any other name.
std::string other_half(std::string name) {
  if (!name.ends_with(".weight")) return "";  // lora_bias stands in one half alone
  for (const auto& [half, other] : {std::pair(".lora_A.", ".lora_B."), std::pair(".lora_B.", ".lora_A.")}) {
    const std::size_t at = name.rfind(half);
    if (at != std::string::npos) return name.replace(at, std::string_view(half).size(), other);
  }
  return "";
}

Result<void> check_pair(const tensor::TensorInfo& a, const tensor::TensorInfo& b,
                        std::optional<std::int64_t> rank) {
  if (a.shape.size() < 2 || b.shape.size() < 2) return {};
  if (a.shape[0] != b.shape[1]) {
    return fail(
        ErrorCode::kCorruptData,
        fmt::format(
            "{} in {} has {} rows and {} has {} columns: no loader takes them; save the adapter again",
            a.name, a.file, a.shape[0], b.name, b.shape[1]));
  }
  if (rank && *rank > 0 && a.shape[0] != static_cast<std::uint64_t>(*rank)) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("{} says r is {} and {} has {} rows: no loader takes it; save the adapter again",
                            kConfig, *rank, a.name, a.shape[0]));
  }
  return {};
}

}  // namespace

Result<void> check_lora(const run::RunFacts& run) {
  if (!run.adapter || run.adapter->peft_type != "LORA" || !run.weights) return {};
  const json::Value config = model::value_of(run.metadata, kConfig);
  if (is_set(config, "target_parameters")) return {};  // matrices of several experts in one
  const std::optional<std::int64_t> rank = is_set(config, "rank_pattern") ? std::nullopt : run.adapter->rank;
  std::map<std::string, const tensor::TensorInfo*> by_name;
  for (const tensor::TensorInfo& info : run.weights->source->catalogue()) by_name[info.name] = &info;
  for (const auto& [name, info] : by_name) {
    const std::string other = other_half(name);
    if (other.empty()) continue;
    const auto at = by_name.find(other);
    if (at == by_name.end()) {
      return fail(
          ErrorCode::kCorruptData,
          fmt::format("{} is missing in {}, where {} is: loaders would take another; save the adapter again",
                      other, info->file, name));
    }
    if (name.contains(".lora_A.")) SLIPWAY_TRY(check_pair(*info, *at->second, rank));
  }
  return {};
}

}  // namespace slipway::release
