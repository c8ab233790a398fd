// Rule 6, tokenizer.json: truncation and padding as the base has them; what else differs is reported.
#include <array>

#include <fmt/format.h>

#include "base/encoding.h"
#include "model/rule_work.h"
#include "model/tokenizer_json.h"

namespace slipway::model {
namespace {

constexpr std::string_view kFile = "tokenizer.json";
constexpr std::size_t kShownBytes = 300;
constexpr auto kPipeline = std::to_array<std::string_view>({"normalizer", "pre_tokenizer", "post_processor"});

struct Setting {
  std::string_view key;
  Because why;
};
constexpr auto kSettings = std::to_array<Setting>(
    {{"truncation",
      {"tokenizer-truncation",
       "engines that read this file themselves cut every prompt at the length that training cut at"}},
     {"padding",
      {"tokenizer-padding",
       "engines that read this file themselves pad every prompt as training padded its batches"}}});

std::string shown(const json::Value& value) { return clipped(json::print_compact(value), kShownBytes); }

// A template that only repeats the sequences, which transformers 5 adds where there was none, does nothing.
json::Value without_empty_template(json::Value value) {
  const json::Value* tokens = value.find("special_tokens");
  const json::Value* type = value.find("type");
  if (type == nullptr || type->string() != "TemplateProcessing" || tokens == nullptr) return value;
  const bool plain = tokens->is_object() && tokens->members().empty();
  return plain ? json::Value() : value;
}

Result<void> report_pipeline(RuleWork& work, const TokenizerJson& ours, const TokenizerJson& base) {
  for (const std::string_view key : kPipeline) {
    SLIPWAY_ASSIGN(json::Value mine, ours.value(key));
    SLIPWAY_ASSIGN(json::Value theirs, base.value(key));
    mine = without_empty_template(std::move(mine));
    theirs = without_empty_template(std::move(theirs));
    if (mine.same_as(theirs)) continue;
    work.warn("tokenizer-pipeline-differs",
              fmt::format("tokenizer.json: {} is {} here and {} in the base, so the same text may have other "
                          "ids; it is kept, since the run was trained with what it saved",
                          key, shown(mine), shown(theirs)));
  }
  return {};
}

// The base's value; without a base null where text is generated, else what is there.
Result<std::optional<std::string>> wanted(const RuleWork& work, const std::optional<TokenizerJson>& base,
                                          std::string_view key) {
  if (!base) return generates(work.kind) ? std::optional<std::string>("null") : std::nullopt;
  const std::string_view raw = base->raw(key);
  return std::optional<std::string>(raw.empty() ? "null" : raw);
}

Result<void> reset_settings(RuleWork& work, const TokenizerJson& ours,
                            const std::optional<TokenizerJson>& base) {
  std::map<std::string, std::string, std::less<>> members;
  TextFix fix{.name = std::string(kFile)};
  for (const auto& [key, why] : kSettings) {
    SLIPWAY_ASSIGN(const auto text, wanted(work, base, key));
    if (!text || ours.raw(key).empty()) continue;
    SLIPWAY_ASSIGN(const json::Value before, ours.value(key));
    SLIPWAY_ASSIGN_WITHIN(const json::Value after, "base model", json::parse(*text));
    if (before.same_as(after)) continue;
    members.emplace(key, *text);
    fix.fixes.push_back({.code = std::string(why.code),
                         .file = std::string(kFile),
                         .path = std::string(key),
                         .before = json::print_compact(before),
                         .after = json::print_compact(after),
                         .reason = std::string(why.reason)});
  }
  if (members.empty()) return {};
  fix.text = ours.with(members);
  work.texts.push_back(std::move(fix));
  return {};
}

}  // namespace

Result<void> reset_tokenizer_json(RuleWork& work) {
  const std::string* text = work.inputs.run.find(kFile);
  if (text == nullptr) return {};
  SLIPWAY_ASSIGN(const TokenizerJson ours, TokenizerJson::open(*text));
  const std::string* base_text = work.inputs.base ? work.inputs.base->find(kFile) : nullptr;
  std::optional<TokenizerJson> base;
  if (base_text != nullptr) {
    SLIPWAY_ASSIGN_WITHIN(base, "base model", TokenizerJson::open(*base_text));
    SLIPWAY_TRY(report_pipeline(work, ours, *base));
  }
  return reset_settings(work, ours, base);
}

}  // namespace slipway::model
