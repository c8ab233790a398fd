// Rule 4, config.json: what the weights are not any more.
#include <array>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({"quantization_config", "_pre_quantization_dtype"});
constexpr Because kLeft{"quantization-config-left",
                        "the weights are plain floats: loaders that follow this key look for quantised ones, "
                        "and fail or quantise again"};

}  // namespace

Result<void> drop_quantisation(RuleWork& work) {
  if (!work.config || work.inputs.adapter || !work.inputs.plain_weights) return {};
  std::vector<KeyPath> found;
  const auto look = [&](const json::Value& level, const KeyPath& path) {
    for (const std::string_view name : kNames) {
      if (level.find(name) != nullptr) found.push_back(below(path, name));
    }
  };
  const auto enters = [](std::string_view key, const json::Value&) { return key != kNames.front(); };
  for_each_level(work.config->root(), look, enters);
  for (const KeyPath& path : found) SLIPWAY_TRY(work.config->erase(path, kLeft));
  return {};
}

}  // namespace slipway::model
