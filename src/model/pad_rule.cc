// Rule 1, BOS and PAD: what training erased comes back from the base; a pad that stops is reported.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr std::string_view kBos = "bos_token_id";
constexpr std::string_view kPad = "pad_token_id";
constexpr Because kPadStops{
    "pad-stops",
    "before, transformers and vLLM stop at the token that transformers also pads batches with, so whoever "
    "trains "
    "on masks the stop out of the loss; after, transformers pads with the base's token, both stop as before"};

struct Erased {
  std::string_view key;
  Because why;
  std::string_view unknown;  // the warning when there is no base to ask
};
constexpr auto kErased =
    std::to_array<Erased>({{kBos,
                            {"bos-erased",
                             "before, training has erased the base's begin token, and transformers cannot "
                             "start from it where there is no "
                             "prompt, vLLM asks the tokenizer; after, transformers can, vLLM as before"},
                            "bos-unknown"},
                           {kPad,
                            {"pad-erased",
                             "before, training has erased the base's padding token, and transformers pads "
                             "batches with an end token, "
                             "vLLM needs none; after, transformers pads as with the base, vLLM as before"},
                            "pad-unknown"}});

// null, or a negative id as old trainers write it: no token.
bool says_none(const json::Value& value) {
  const auto id = value.as_int();
  return value.is_null() || (id && *id < 0);
}

// What the base says at this place; for a null also what any of its files says.
const json::Value* of_base(const BaseFacts& base, const json::Value& same_file, const KeyPath& path,
                           bool anywhere) {
  const json::Value* value = value_at(same_file, path);
  if (!anywhere || (value != nullptr && !says_none(*value))) return value;
  value = base.generation.find(path.back());
  for (const KeyPath& level : text_levels(base.config))
    if (value == nullptr || says_none(*value)) value = value_at(base.config, below(level, path.back()));
  return value;
}

Result<void> restore(RuleWork& work, FileEdits& file, const json::Value& base_root, const KeyPath& path,
                     const Erased& erased) {
  const json::Value* ours = file.find(path);
  if (ours != nullptr && !says_none(*ours)) return {};
  const auto report = [&](std::string_view why) {
    if (ours != nullptr)
      work.warn(erased.unknown, fmt::format("{} says {}: {}, and {}", file.name(), dotted(path),
                                            json::print_compact(*ours), why));
  };
  if (!work.base.known) {
    report("the base that could tell is not known");
    return {};
  }
  const json::Value* theirs = of_base(work.base, base_root, path, ours != nullptr);
  const auto id = theirs == nullptr ? std::nullopt : theirs->as_int();
  if (!id || *id < 0) return {};
  if (work.has_row(*id) && work.means_the_same(*id)) return file.set(path, *theirs, erased.why);
  report(fmt::format("the base's {} is not known to be the same token here", *id));
  return {};
}

// The single token that the run's files name: the generation config's, else the config's.
std::optional<TokenId> named(const RuleWork& work, std::string_view key) {
  const json::Value* value = work.generation ? work.generation->find(key) : nullptr;
  if ((value == nullptr || value->is_null()) && work.config) value = work.config->find(key);
  const std::vector<TokenId> ids = ids_of(value);
  return ids.empty() ? std::nullopt : std::optional(ids.front());
}

std::optional<TokenId> named_by_base(const BaseFacts& base, std::string_view key) {
  for (const json::Value* root : {&base.generation, &base.config})
    if (const std::vector<TokenId> ids = ids_of(root->find(key)); !ids.empty()) return ids.front();
  return std::nullopt;
}

std::optional<TokenId> pad_of(const RuleWork& work) {
  const auto pad = named(work, kPad);
  return pad ? pad : work.tokenizer.pad_id();
}

std::optional<TokenId> pad_of_base(const BaseFacts& base) {
  const auto pad = named_by_base(base, kPad);
  return pad ? pad : base.tokenizer.pad_id();
}

// Engines put it in front of every prompt: the base's was there in pre-training, another one was not.
void report_other_bos(RuleWork& work) {
  const auto ours = named(work, kBos);
  const auto theirs = named_by_base(work.base, kBos);
  if (!ours || !theirs || *ours == *theirs) return;
  const auto shown = [](const Tokenizer& tokenizer, TokenId id) {
    return fmt::format("{} ({})", id, tokenizer.text_of(id).value_or("not in its vocabulary"));
  };
  work.warn("bos-differs",
            fmt::format("the begin token is {}, the base's is {}: engines that put it in front of a "
                        "prompt change what the model reads",
                        shown(work.tokenizer, *ours), shown(work.base.tokenizer, *theirs)));
}

// A pad that stops and that is the turn end itself, or another one than the base's.
bool is_harmful(const RuleWork& work, TokenId pad, std::optional<TokenId> base_pad) {
  if (std::ranges::find(work.stops.ids, pad) == work.stops.ids.end()) return false;
  const TurnEnd& end = work.stops.turn_end;
  const bool is_turn_end = end.verdict == TurnEnd::Verdict::kDecided && end.id == pad;
  return is_turn_end || (base_pad && *base_pad != pad);
}

// Where it stands; if nowhere, in the file that decides.
Result<void> write_pad(RuleWork& work, TokenId pad) {
  bool written = false;
  const auto write = [&](FileEdits& file, const KeyPath& path) -> Result<void> {
    const json::Value* value = file.find(path);
    if (value == nullptr || value->is_null()) return {};
    written = true;
    return file.set(path, json::Value(pad), kPadStops);
  };
  if (work.generation) SLIPWAY_TRY(write(*work.generation, {std::string(kPad)}));
  if (work.config && !work.inputs.adapter) {
    for (const KeyPath& level : text_levels(work.config->root()))
      SLIPWAY_TRY(write(*work.config, below(level, kPad)));
  }
  if (written || !work.generation) return {};
  return work.generation->set({std::string(kPad)}, json::Value(pad), kPadStops);
}

Result<void> see_to_stopping_pad(RuleWork& work) {
  const auto pad = pad_of(work);
  const auto base_pad = pad_of_base(work.base);
  if (!pad || !is_harmful(work, *pad, base_pad)) return {};
  std::string message = fmt::format(
      "the padding token {} is also a stop, so training may have masked the stop out of "
      "the loss",
      *pad);
  if (!base_pad || *base_pad == *pad) {
    work.warn("pad-stops", std::move(message));
    return {};
  }
  const bool usable = work.has_row(*base_pad) && work.means_the_same(*base_pad);
  if (usable && work.inputs.fix_pad) return write_pad(work, *base_pad);
  message += fmt::format("; the base pads with {}, {}", *base_pad,
                         usable ? "which --fix-pad writes" : "which is not known to be the same token here");
  work.warn("pad-stops", std::move(message));
  return {};
}

}  // namespace

Result<void> restore_tokens_of_config(RuleWork& work) {
  if (!work.config || work.inputs.adapter) return {};
  for (const Erased& erased : kErased)
    for (const KeyPath& level : text_levels(work.config->root()))
      SLIPWAY_TRY(restore(work, *work.config, work.base.config, below(level, erased.key), erased));
  return {};
}

Result<void> restore_tokens_of_generation(RuleWork& work) {
  for (const Erased& erased : kErased)
    if (work.generation)
      SLIPWAY_TRY(restore(work, *work.generation, work.base.generation, {std::string(erased.key)}, erased));
  report_other_bos(work);
  return see_to_stopping_pad(work);
}

}  // namespace slipway::model
