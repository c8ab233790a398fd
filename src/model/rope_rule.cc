// Rule 6, config.json: the rotary positions in the keys of both eras of transformers.
#include <array>

#include <fmt/format.h>

#include "model/rope_keys.h"
#include "model/rule_work.h"

namespace slipway::model {
namespace {

using json::Value;

constexpr std::string_view kParameters = "rope_parameters";

constexpr Because kNewKeysOnly{
    "rope-new-keys-only",
    "transformers 4 and engines of its time do not read rope_parameters: they take the class's default for "
    "the rotary positions instead, without a word, and the text degrades"};
constexpr Because kMisread{
    "rope-old-keys-misread",
    "transformers 5 does not read this family's old keys as transformers 4 does: it puts "
    "the class's default in place of what they say"};

void warn_of_difference(RuleWork& work, const KeyPath& level, const RopeDifference& difference) {
  work.warn("rope-forms-differ",
            fmt::format("config.json: {} is {} for transformers 4 and {} by {} for transformers 5; the run "
                        "was trained with one of them: make them agree",
                        dotted(below(level, difference.key)), difference.old_form, difference.new_form,
                        dotted(below(level, kParameters))));
}

Result<void> fix_level(RuleWork& work, const KeyPath& level) {
  FileEdits& config = *work.config;
  const RopeKeys keys = rope_keys(*config.find(level));
  if (keys.difference) {
    warn_of_difference(work, level, *keys.difference);
    return {};
  }
  for (const auto& [key, value] : keys.missing_old)
    SLIPWAY_TRY(config.set(below(level, key), value, kNewKeysOnly));
  if (!keys.missing_new) return {};
  return config.set(below(level, kParameters), *keys.missing_new, kMisread);
}

}  // namespace

Result<void> write_rope_for_both_eras(RuleWork& work) {
  if (!work.config || work.inputs.adapter) return {};
  std::vector<KeyPath> levels;
  const auto look = [&](const Value& level, const KeyPath& path) {
    if (has_rope(level)) levels.push_back(path);
  };
  const auto enters = [](std::string_view key, const Value&) { return key != kParameters; };
  for_each_level(work.config->root(), look, enters);
  for (const KeyPath& level : levels) SLIPWAY_TRY(fix_level(work, level));
  return {};
}

}  // namespace slipway::model
