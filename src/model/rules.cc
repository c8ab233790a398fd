#include "model/rules.h"

#include <algorithm>
#include <array>

#include "model/base_check.h"
#include "model/rule_work.h"

namespace slipway::model {
namespace {

constexpr auto kTokenizerFiles =
    std::to_array<std::string_view>({"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                                     "added_tokens.json", "vocab.json"});

Result<std::optional<FileEdits>> open_file(const Metadata& files, std::string_view name) {
  const std::string* text = files.find(name);
  if (text == nullptr) return std::optional<FileEdits>();
  SLIPWAY_ASSIGN(FileEdits edits, FileEdits::parse(std::string(name), *text));
  return std::optional(std::move(edits));
}

Result<json::Value> read_value(const Metadata& files, std::string_view name) {
  const std::string* text = files.find(name);
  if (text == nullptr) return json::Value();
  SLIPWAY_ASSIGN_WITHIN(json::Value root, name, json::parse(*text, {.allow_nan = true}));
  return root.is_object() ? root : json::Value();
}

Result<BaseFacts> read_base(const std::optional<Metadata>& files) {
  BaseFacts base;
  if (!files) return base;
  base.known = files->find(kConfigFile) != nullptr || files->find(kGenerationFile) != nullptr;
  SLIPWAY_ASSIGN(base.config, read_value(*files, kConfigFile));
  SLIPWAY_ASSIGN(base.generation, read_value(*files, kGenerationFile));
  if (const std::string* text = files->find(kGenerationFile)) base.generation_text = *text;
  SLIPWAY_ASSIGN(base.tokenizer, read_tokenizer(*files));
  return base;
}

bool has_tokenizer(const Metadata& files) {
  return std::ranges::any_of(kTokenizerFiles,
                             [&](std::string_view name) { return files.find(name) != nullptr; });
}

// An adapter without tokenizer files speaks its base's language.
Result<Tokenizer> tokenizer_of(const RuleWork& work) {
  if (work.inputs.adapter && !has_tokenizer(work.inputs.run)) return work.base.tokenizer;
  return read_tokenizer(work.inputs.run);
}

const json::Value* root_or_null(const std::optional<FileEdits>& file) {
  return file ? &file->root() : nullptr;
}

ModelKind kind_of(const RuleWork& work) {
  const json::Value* config = root_or_null(work.config);
  if (config == nullptr && work.inputs.adapter && work.base.config.is_object()) config = &work.base.config;
  return decide_kind(config, root_or_null(work.adapter));
}

Result<RuleWork> open_work(const RuleInputs& inputs) {
  RuleWork work{.inputs = inputs};
  SLIPWAY_ASSIGN(work.config, open_file(inputs.run, kConfigFile));
  SLIPWAY_ASSIGN(work.generation, open_file(inputs.run, kGenerationFile));
  SLIPWAY_ASSIGN(auto adapter, open_file(inputs.run, kAdapterFile));
  if (inputs.adapter) work.adapter = std::move(adapter);
  SLIPWAY_ASSIGN(work.tokenizer_config, open_file(inputs.run, kTokenizerConfigFile));
  SLIPWAY_ASSIGN_WITHIN(work.base, "base model", read_base(inputs.base));
  SLIPWAY_ASSIGN(work.tokenizer, tokenizer_of(work));
  work.kind = kind_of(work);
  return work;
}

Result<void> apply_generation_rules(RuleWork& work) {
  if (work.kind == ModelKind::kUnknown && (work.config || work.adapter))
    work.warn(
        "kind-unknown",
        "neither architectures nor any other key says what kind of model this is; stops, cache flag and "
        "generation values stay as they are");
  if (!generates(work.kind)) return {};
  SLIPWAY_TRY(collect_stops(work));
  SLIPWAY_TRY(restore_tokens_of_config(work));
  SLIPWAY_TRY(provide_generation(work));
  SLIPWAY_TRY(write_stops(work));
  SLIPWAY_TRY(restore_tokens_of_generation(work));
  SLIPWAY_TRY(switch_cache_on(work));
  return make_generation_valid(work);
}

Result<void> apply_era_rules(RuleWork& work) {
  SLIPWAY_TRY(drop_quantisation(work));
  SLIPWAY_TRY(write_dtype(work));
  SLIPWAY_TRY(write_rope_for_both_eras(work));
  SLIPWAY_TRY(write_renamed_keys(work));
  SLIPWAY_TRY(fix_tokenizer_config(work));
  SLIPWAY_TRY(reset_tokenizer_json(work));
  return remove_local_traces(work);
}

void collect(const std::optional<FileEdits>& file, RuleOutcome& outcome) {
  if (!file || !file->changed()) return;
  outcome.files.files[file->name()] = file->text();
  outcome.fixes.insert(outcome.fixes.end(), file->fixes().begin(), file->fixes().end());
}

void collect(const TextFix& file, RuleOutcome& outcome) {
  outcome.files.files[file.name] = file.text;
  outcome.fixes.insert(outcome.fixes.end(), file.fixes.begin(), file.fixes.end());
}

}  // namespace

Result<void> check_base(const Metadata& files) {
  // The rules walk it without looking at every byte.
  if (const std::string* text = files.find("tokenizer.json"))
    SLIPWAY_TRY_WITHIN("tokenizer.json", json::check(*text, {.allow_nan = true}));
  SLIPWAY_TRY(read_base(files));
  return {};
}

Result<RuleOutcome> apply_rules(const RuleInputs& inputs) {
  SLIPWAY_ASSIGN(RuleWork work, open_work(inputs));
  SLIPWAY_TRY(fix_adapter_config(work));
  SLIPWAY_TRY(untie_embeddings(work));
  SLIPWAY_TRY(write_template_in_both_places(work));
  SLIPWAY_TRY(apply_generation_rules(work));
  SLIPWAY_TRY(apply_era_rules(work));
  RuleOutcome outcome{.warnings = std::move(work.warnings),
                      .stops = std::move(work.stops),
                      .kind = work.kind,
                      .tokenizer = std::move(work.tokenizer)};
  collect(work.generation, outcome);
  collect(work.config, outcome);
  collect(work.adapter, outcome);
  collect(work.tokenizer_config, outcome);
  collect(work.special_map, outcome);
  for (const TextFix& text : work.texts) collect(text, outcome);
  return outcome;
}

}  // namespace slipway::model
