// Rule 2: the KV cache is on wherever a model is loaded for generation.
#include <algorithm>

#include <fmt/format.h>
#include "model/generation_values.h"
#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr std::string_view kUseCache = "use_cache";

constexpr Because kOff{"cache-off",
                       "before, transformers computes the whole text again for every new token, which makes "
                       "generation many times slower, vLLM keeps a cache all the same; after, both keep one"};
constexpr Because kUnset{
    "cache-unset",
    "before, transformers takes the default of the model's class, vLLM keeps a cache all the "
    "same; after, both keep one"};
constexpr Because kOffGeneration{"cache-off-generation",
                                 "before, this file wins over config.json and transformers computes the "
                                 "whole text again for every new token, "
                                 "vLLM keeps a cache all the same; after, both keep one"};
constexpr Because kOffWithImplementation{"cache-off-generation",
                                         "before, a cache implementation is chosen and switched off at once, "
                                         "which transformers refuses to save, vLLM "
                                         "keeps a cache all the same; after, both keep one"};

std::vector<KeyPath> places_of_flag(const json::Value& config) {
  std::vector<KeyPath> places;
  for_each_level(config, [&](const json::Value& level, const KeyPath& path) {
    if (level.find(kUseCache) != nullptr) places.push_back(below(path, kUseCache));
  });
  return places;
}

bool says_false(const json::Value* value) { return as_flag(value) == std::optional(false); }

Result<void> fix_config(FileEdits& config) {
  const std::vector<KeyPath> paths = places_of_flag(config.root());
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

// Nobody can fix a base from beside it: an adapter's users are told.
void report_base(RuleWork& work) {
  const std::vector<KeyPath> paths = places_of_flag(work.base.config);
  const auto is_off = [&](const KeyPath& path) { return says_false(value_at(work.base.config, path)); };
  const bool in_config = std::ranges::any_of(paths, is_off);
  if (!in_config && !says_false(work.base.generation.find(kUseCache))) return;
  work.warn("cache-off-in-base",
            fmt::format("the base's own {} switches the KV cache off; {}",
                        in_config ? kConfigFile : kGenerationFile,
                        work.inputs.adapter ? "whoever loads the adapter must pass use_cache=True"
                                            : "it is switched on here"));
}

}  // namespace

Result<void> switch_cache_on(RuleWork& work) {
  if (work.generation) SLIPWAY_TRY(fix_generation(*work.generation));
  if (work.config && !work.inputs.adapter) SLIPWAY_TRY(fix_config(*work.config));
  report_base(work);
  return {};
}

}  // namespace slipway::model
