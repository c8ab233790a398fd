// Rule 1, second half: the stop set written where stop ids stand.
#include <algorithm>
#include <set>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr std::string_view kEos = "eos_token_id";

constexpr Because kMissing{"eos-missing",
                           "before, transformers finds no stop here and generates until the length limit, "
                           "vLLM stops at the tokenizer's "
                           "end token alone; after, both stop at every id of the set that they read here"};
constexpr Because kUnset{"eos-unset",
                         "before and after, transformers and vLLM stop at what generation_config.json lists; "
                         "who reads this file alone, after that at the tokenizer's end token"};
constexpr Because kNotTheTokenizers{"eos-not-the-tokenizers",
                                    "before, what reads this id, as transformers does where there is no "
                                    "generation_config.json, goes on past the "
                                    "end that was trained, vLLM asks the tokenizer; after, all stop there"};
constexpr Because kTurnEnd{"eos-missing-turn-end",
                           "before, neither transformers nor vLLM stops at the token that ends a turn in the "
                           "chat template, and generation "
                           "runs on into the next turn; after, both stop there"};
constexpr Because kLossy{"eos-lossy",
                         "before, neither transformers nor vLLM reads here a stop that the tokenizer, the "
                         "base or another file knows; "
                         "after, both stop at it"};
constexpr Because kOutOfRange{"eos-out-of-range",
                              "before, transformers and vLLM wait for an id past the model's output rows, "
                              "which can never come, and engines "
                              "that check ids refuse the model; after, neither does"};
constexpr Because kOrder{
    "eos-order",
    "before, transformers and vLLM stop at the same ids, but transformers pads with the first of them and "
    "some "
    "engines stop at that one alone; after, it is the tokenizer's end token and none is listed twice"};
constexpr Because kHandbook{"eos-handbook",
                            "asked for: the tokenizer's single id, as the alignment-handbook writes it in "
                            "both files; before, transformers "
                            "and vLLM stop at what was listed, after, both stop at that id alone"};

json::Value as_list(const std::vector<TokenId>& ids) {
  std::vector<json::Value> items;
  for (const TokenId id : ids) items.emplace_back(id);
  return json::Value::array(std::move(items));
}

Because why_set(const RuleWork& work, const std::vector<TokenId>& before) {
  if (before.empty()) return kMissing;
  const auto lacks = [&before](TokenId id) { return std::ranges::find(before, id) == before.end(); };
  const TurnEnd& end = work.stops.turn_end;
  if (end.verdict == TurnEnd::Verdict::kDecided && work.has_row(end.id) && lacks(end.id)) return kTurnEnd;
  if (std::ranges::any_of(work.stops.ids, lacks)) return kLossy;
  if (std::ranges::any_of(before, [&work](TokenId id) { return !work.has_row(id); })) return kOutOfRange;
  return kOrder;
}

// One id may stand as a list of one: it means the same, so it stays.
Result<void> write_generation(RuleWork& work) {
  FileEdits& file = *work.generation;
  const std::vector<TokenId> before = ids_of(file.find(kEos));
  if (before == work.stops.ids) return {};
  const json::Value value =
      work.stops.ids.size() == 1 ? json::Value(work.stops.ids.front()) : as_list(work.stops.ids);
  return file.set({std::string(kEos)}, value, why_set(work, before));
}

Result<void> write_level(RuleWork& work, const KeyPath& path) {
  FileEdits& file = *work.config;
  const json::Value* value = file.find(path);
  const std::vector<TokenId> before = ids_of(value);
  if (value != nullptr && value->is_array()) {
    if (before == work.stops.ids) return {};
    return file.set(path, as_list(work.stops.ids), why_set(work, before));
  }
  const bool past_rows = !before.empty() && !work.has_row(before.front());
  const bool told = work.generation && !ids_of(work.generation->find(kEos)).empty();
  return file.set(path, json::Value(*work.stops.eos),
                  before.empty() ? (told ? kUnset : kMissing)
                  : past_rows    ? kOutOfRange
                                 : kNotTheTokenizers);
}

std::vector<KeyPath> paths_with_eos(const FileEdits& config) {
  std::vector<KeyPath> paths;
  for (const KeyPath& level : text_levels(config.root()))
    if (KeyPath path = below(level, kEos); config.find(path) != nullptr) paths.push_back(std::move(path));
  if (paths.empty()) paths.push_back({std::string(kEos)});
  return paths;
}

Result<void> write_handbook(RuleWork& work) {
  const json::Value id(*work.stops.eos);
  if (work.generation) SLIPWAY_TRY(work.generation->set({std::string(kEos)}, id, kHandbook));
  if (!work.config || work.inputs.adapter) return {};
  for (const KeyPath& path : paths_with_eos(*work.config)) SLIPWAY_TRY(work.config->set(path, id, kHandbook));
  return work.config->set({std::string(kEos)}, id, kHandbook);  // the only level that the handbook knows
}

}  // namespace

Result<void> write_stops(RuleWork& work) {
  if (!work.stops.eos) return {};
  if (work.inputs.handbook_eos) return write_handbook(work);
  if (work.generation) SLIPWAY_TRY(write_generation(work));
  if (!work.config || work.inputs.adapter) return {};
  for (const KeyPath& path : paths_with_eos(*work.config)) SLIPWAY_TRY(write_level(work, path));
  return {};
}

}  // namespace slipway::model
