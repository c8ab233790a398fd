// Rule 1, BOS and PAD: what training erased comes back from the base; a pad that stops is reported.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "model/rule_work.h"

namespace slipway::model {
namespace {

struct Erased {
  std::string_view key;
  Because why;
  std::string_view unknown;  // the warning when there is no base to ask
};
constexpr auto kErased = std::to_array<Erased>(
    {{"bos_token_id",
      {"bos-erased",
       "training erased the base's begin token, so engines that put it in front of a prompt no longer do"},
      "bos-unknown"},
     {"pad_token_id",
      {"pad-erased",
       "training erased the base's padding token, so batched generation pads with an end token instead"},
      "pad-unknown"}});

Result<void> restore(RuleWork& work, FileEdits& file, const json::Value& base_root, const KeyPath& path,
                     const Erased& erased) {
  const json::Value* ours = file.find(path);
  if (ours != nullptr && !ours->is_null()) return {};
  const json::Value* theirs = value_at(base_root, path);
  if (theirs == nullptr || theirs->is_null()) {
    if (ours != nullptr && !work.base.known)
      work.warn(erased.unknown, fmt::format("{} says {}: null, and the base that could tell is not known",
                                            file.name(), dotted(path)));
    return {};
  }
  const auto id = theirs->as_int();
  if (!id || *id < 0 || !work.has_row(*id) || !work.means_the_same(*id)) return {};
  return file.set(path, *theirs, erased.why);
}

std::optional<TokenId> pad_of(const RuleWork& work) {
  const json::Value* pad = work.generation ? work.generation->find("pad_token_id") : nullptr;
  if ((pad == nullptr || pad->is_null()) && work.config) pad = work.config->find("pad_token_id");
  const std::vector<TokenId> ids = ids_of(pad);
  return ids.empty() ? work.tokenizer.pad_id() : std::optional(ids.front());
}

std::optional<TokenId> pad_of_base(const BaseFacts& base) {
  for (const json::Value* root : {&base.generation, &base.config})
    if (const std::vector<TokenId> ids = ids_of(root->find("pad_token_id")); !ids.empty()) return ids.front();
  return base.tokenizer.pad_id();
}

void report_stopping_pad(RuleWork& work) {
  const auto pad = pad_of(work);
  if (!pad || std::ranges::find(work.stops.ids, *pad) == work.stops.ids.end()) return;
  const TurnEnd& end = work.stops.turn_end;
  const bool is_turn_end = end.verdict == TurnEnd::Verdict::kDecided && end.id == *pad;
  const auto base_pad = pad_of_base(work.base);
  if (!is_turn_end && (!base_pad || *base_pad == *pad)) return;
  std::string message = fmt::format(
      "the padding token {} is also a stop, so training may have masked the stop out of "
      "the loss",
      *pad);
  if (base_pad && *base_pad != *pad) message += fmt::format("; the base pads with {}", *base_pad);
  work.warn("pad-stops", std::move(message));
}

}  // namespace

Result<void> restore_bos_and_pad(RuleWork& work) {
  for (const Erased& erased : kErased) {
    const std::string key(erased.key);
    if (work.generation) SLIPWAY_TRY(restore(work, *work.generation, work.base.generation, {key}, erased));
    if (!work.config || work.inputs.adapter) continue;
    for (const KeyPath& level : text_levels(work.config->root()))
      SLIPWAY_TRY(restore(work, *work.config, work.base.config, below(level, key), erased));
  }
  report_stopping_pad(work);
  return {};
}

}  // namespace slipway::model
