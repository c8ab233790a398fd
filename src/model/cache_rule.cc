// Rule 2: the KV cache is on wherever a model is loaded for generation.
#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr std::string_view kUseCache = "use_cache";
constexpr std::size_t kLevelDepthMax = 4;

constexpr Because kOff{"cache-off",
                       "training switched the KV cache off, so every new token recomputes the whole text and "
                       "generation is many times slower"};
constexpr Because kUnset{"cache-unset",
                         "loaders would have to guess whether to keep a KV cache, and without one "
                         "generation is many times slower"};
constexpr Because kOffGeneration{"cache-off-generation",
                                 "generation_config.json wins over config.json, so its "
                                 "use_cache: false keeps generation slow"};
constexpr Because kOffWithImplementation{
    "cache-off-generation",
    "a cache implementation is chosen and switched off at once, which transformers "
    "refuses to save"};

void find_levels(const json::Value& at, const KeyPath& level, std::vector<KeyPath>& found) {
  if (at.find(kUseCache) != nullptr) found.push_back(below(level, kUseCache));
  if (level.size() >= kLevelDepthMax) return;
  for (const auto& [key, value] : at.members())
    if (value.is_object()) find_levels(value, below(level, key), found);
}

bool says_false(const json::Value* value) {
  return value != nullptr && value->is_bool() && !*value->as_bool();
}

Result<void> fix_config(FileEdits& config) {
  std::vector<KeyPath> paths;
  find_levels(config.root(), {}, paths);
  for (const KeyPath& path : paths) SLIPWAY_TRY(config.set(path, true, kOff));
  if (!paths.empty()) return {};
  return config.set(below(text_levels(config.root()).back(), kUseCache), true, kUnset);
}

Result<void> fix_generation(FileEdits& generation) {
  if (!says_false(generation.find(kUseCache))) return {};
  const json::Value* implementation = generation.find("cache_implementation");
  const KeyPath path{std::string(kUseCache)};
  if (implementation != nullptr && !implementation->is_null())
    return generation.set(path, true, kOffWithImplementation);
  return generation.erase(path, kOffGeneration);
}

void report_base(RuleWork& work) {
  std::vector<KeyPath> paths;
  find_levels(work.base.config, {}, paths);
  for (const KeyPath& path : paths) {
    if (!says_false(value_at(work.base.config, path))) continue;
    work.warn("cache-off-in-base",
              "the base's own config.json switches the KV cache off; it is switched on here");
    return;
  }
}

}  // namespace

Result<void> switch_cache_on(RuleWork& work) {
  if (work.generation) SLIPWAY_TRY(fix_generation(*work.generation));
  if (work.config && !work.inputs.adapter) SLIPWAY_TRY(fix_config(*work.config));
  report_base(work);
  return {};
}

}  // namespace slipway::model
