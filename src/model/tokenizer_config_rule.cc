// Rule 6, tokenizer_config.json and special_tokens_map.json: a form that both eras of transformers read.
#include <algorithm>
#include <array>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

using json::Value;

constexpr std::string_view kExtra = "extra_special_tokens";
constexpr std::string_view kAdditional = "additional_special_tokens";
constexpr auto kNamed =
    std::to_array<std::string_view>({"additional_special_tokens", "bos_token", "cls_token", "eos_token",
                                     "mask_token", "pad_token", "sep_token", "unk_token"});
constexpr auto kTokenFields =
    std::to_array<std::string_view>({"content", "lstrip", "normalized", "rstrip", "single_word"});

constexpr Because kNewClass{
    "tokenizer-class-new",
    "transformers 4 and engines of its time do not know this class and refuse to load "
    "the tokenizer; PreTrainedTokenizerFast is the same to transformers 5"};
constexpr Because kNewExtra{
    "extra-tokens-new-form",
    "transformers 4 wants a map under this name and fails over a list; both eras read "
    "additional_special_tokens"};
constexpr Because kNoMap{
    "special-tokens-map-missing",
    "transformers 5 no longer writes this file, and loaders that look for special tokens "
    "here find none"};

bool is_text(const Value* value, std::string_view text) {
  return value != nullptr && value->is_string() && value->string() == text;
}

Result<void> fix_class(RuleWork& work) {
  FileEdits& config = *work.tokenizer_config;
  if (work.inputs.run.find("tokenizer.json") == nullptr) return {};
  if (!is_text(config.find("tokenizer_class"), "TokenizersBackend")) return {};
  return config.set({"tokenizer_class"}, "PreTrainedTokenizerFast", kNewClass);
}

Result<void> fix_extra_tokens(FileEdits& config) {
  const Value* extra = config.find(kExtra);
  if (extra == nullptr || !extra->is_array()) return {};
  std::vector<Value> tokens;
  if (const Value* additional = config.find(kAdditional))
    tokens.assign(additional->items().begin(), additional->items().end());
  for (const Value& token : extra->items()) {
    const auto is_same = [&token](const Value& other) { return other.same_as(token); };
    if (std::ranges::none_of(tokens, is_same)) tokens.push_back(token);
  }
  if (!tokens.empty())
    SLIPWAY_TRY(config.set({std::string(kAdditional)}, Value::array(std::move(tokens)), kNewExtra));
  return config.erase({std::string(kExtra)}, kNewExtra);
}

// As special_tokens_map.json has it: a text, or the token's fields without its type.
Value mapped(const Value& token) {
  if (!token.is_object()) return token;
  Value fields = Value::object();
  for (const std::string_view field : kTokenFields)
    if (const Value* value = token.find(field)) fields.set(std::string(field), *value);
  return fields;
}

Value mapped_list(const Value& tokens) {
  Value list = Value::array();
  for (const Value& token : tokens.items()) list.push_back(mapped(token));
  return list;
}

bool is_token(const Value& value) {
  return (value.is_string() && !value.string().empty()) || value.find("content") != nullptr;
}

Result<void> provide_map(RuleWork& work) {
  const Metadata& run = work.inputs.run;
  if (run.find("special_tokens_map.json") != nullptr || run.find("tokenizer.json") == nullptr) return {};
  Value map = Value::object();
  for (const std::string_view name : kNamed) {
    const Value* value = work.tokenizer_config->find(name);
    if (value == nullptr) continue;
    const bool list = value->is_array() && !value->items().empty();
    if (list || is_token(*value)) map.set(std::string(name), list ? mapped_list(*value) : mapped(*value));
  }
  if (map.members().empty()) return {};
  SLIPWAY_ASSIGN(json::Document document, json::Document::parse(json::print(map, {.ascii = false})));
  work.special_map = FileEdits::make("special_tokens_map.json", std::move(document), kNoMap);
  return {};
}

}  // namespace

Result<void> fix_tokenizer_config(RuleWork& work) {
  if (!work.tokenizer_config) return {};
  SLIPWAY_TRY(fix_class(work));
  SLIPWAY_TRY(fix_extra_tokens(*work.tokenizer_config));
  return provide_map(work);
}

}  // namespace slipway::model
