// model/rule_work.h - what the rooms of the rules share: the files being repaired and what is known.
//
// Contract   Each room is one function over RuleWork, called by apply_rules in the order given here.
//            A room edits only through FileEdits and reports through `warn`.
// Threads    value
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/file_edits.h"
#include "model/rules.h"

namespace slipway::model {

inline constexpr std::string_view kConfigFile = "config.json";
inline constexpr std::string_view kGenerationFile = "generation_config.json";
inline constexpr std::string_view kAdapterFile = "adapter_config.json";
inline constexpr std::string_view kTokenizerConfigFile = "tokenizer_config.json";

// The base model, as far as it is known: null values where a file is not there.
struct BaseFacts {
  bool known = false;
  json::Value config{};
  json::Value generation{};
  std::string generation_text{};
  Tokenizer tokenizer{};
};

// A file that is no JSON object, or too large to be held as one: its new text, as a whole.
struct TextFix {
  std::string name;
  std::string text{};
  std::vector<Fix> fixes{};
};

struct RuleWork {
  const RuleInputs& inputs;
  BaseFacts base{};
  Tokenizer tokenizer{};
  ModelKind kind = ModelKind::kUnknown;
  std::optional<FileEdits> config{};  // of an adapter: the base's, read and never changed
  std::optional<FileEdits> generation{};
  std::optional<FileEdits> adapter{};
  std::optional<FileEdits> tokenizer_config{};
  std::optional<FileEdits> special_map{};  // where it is made
  std::vector<TextFix> texts{};
  StopSet stops{};
  std::vector<Warning> warnings{};

  void warn(std::string_view code, std::string message) {
    warnings.push_back({std::string(code), std::move(message)});
  }
  bool has_row(TokenId id) const {  // false only when the rows are known and too few
    return !inputs.output_rows || static_cast<std::uint64_t>(id) < *inputs.output_rows;
  }
  // The same text in the run's and the base's vocabulary.
  bool means_the_same(TokenId id) const;
};

// Levels of a config that describe the text model: "" first, then text_config and its like.
std::vector<KeyPath> text_levels(const json::Value& config);
KeyPath below(const KeyPath& level, std::string_view key);

inline constexpr std::size_t kLevelDepthMax = 4;
using LevelFilter = std::function<bool(std::string_view key, const json::Value& level)>;
// Every object of a config, each before those inside of it; not into those that `enters` leaves out.
void for_each_level(const json::Value& config,
                    const std::function<void(const json::Value& level, const KeyPath& path)>& look,
                    const LevelFilter& enters = {});

// eos_token_id as a list: an int, a list of ints, or nothing.
std::vector<TokenId> ids_of(const json::Value* value);

Result<void> fix_adapter_config(RuleWork& work);  // adapter_rule.cc
Result<void> untie_embeddings(RuleWork& work);    // tie_rule.cc
Result<void> collect_stops(RuleWork& work);       // stop_set.cc
Result<void> provide_generation(RuleWork& work);  // generation_room.cc: taken, built, or none
Result<void> write_stops(RuleWork& work);         // eos_rule.cc
Result<void> restore_tokens_of_config(
    RuleWork& work);  // pad_rule.cc: BOS and PAD, before a generation config is built
Result<void> restore_tokens_of_generation(RuleWork& work);  // pad_rule.cc
Result<void> switch_cache_on(RuleWork& work);               // cache_rule.cc
Result<void> make_generation_valid(RuleWork& work);         // validity_rule.cc

// Rules 4 and 6, for every kind.
Result<void> drop_quantisation(RuleWork& work);              // quantisation_rule.cc: before the dtype
Result<void> write_dtype(RuleWork& work);                    // dtype_rule.cc
Result<void> write_rope_for_both_eras(RuleWork& work);       // rope_rule.cc
Result<void> write_renamed_keys(RuleWork& work);             // renamed_keys_rule.cc
Result<void> write_template_in_both_places(RuleWork& work);  // template_rule.cc: before the stops are read
Result<void> fix_tokenizer_config(RuleWork& work);           // tokenizer_config_rule.cc
Result<void> reset_tokenizer_json(RuleWork& work);           // tokenizer_json_rule.cc
Result<void> remove_local_traces(RuleWork& work);            // local_rule.cc

}  // namespace slipway::model
