// Rule 4, config.json: the float type that the weights have, under the names of both eras.
#include <algorithm>
#include <array>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({"dtype", "torch_dtype"});

constexpr Because kWrong{"dtype-wrong",
                         "the weights are of another type: loaders that follow this key convert them, into "
                         "twice the memory or into lost digits"};
constexpr Because kOneName{
    "dtype-one-name",
    "transformers before 4.56 reads torch_dtype, later ones write dtype; a loader that "
    "finds neither name of its own loads in 32 bits"};

bool is_config(std::string_view key, const json::Value& value) {
  return key.ends_with("config") || value.find("model_type") != nullptr;
}

bool says_something(const json::Value* value) { return value != nullptr && !value->is_null(); }

Result<void> fix_level(FileEdits& config, const KeyPath& level, const std::string& dtype) {
  for (const std::string_view name : kNames) {
    const KeyPath path = below(level, name);
    SLIPWAY_TRY(config.set(path, dtype, says_something(config.find(path)) ? kWrong : kOneName));
  }
  return {};
}

}  // namespace

Result<void> write_dtype(RuleWork& work) {
  const std::string& dtype = work.inputs.dtype;
  if (!work.config || work.inputs.adapter || dtype.empty()) return {};
  if (is_quantised(work.config->root()) || has_quantiser_file(work.inputs.run)) return {};
  std::vector<KeyPath> levels;
  const auto look = [&](const json::Value& level, const KeyPath& path) {
    const bool names_it = std::ranges::any_of(kNames, [&](auto name) { return level.find(name) != nullptr; });
    if (names_it) levels.push_back(path);
  };
  for_each_level(work.config->root(), look, is_config);
  for (const KeyPath& level : levels) SLIPWAY_TRY(fix_level(*work.config, level, dtype));
  return {};
}

}  // namespace slipway::model
