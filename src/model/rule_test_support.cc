#include "model/rule_test_support.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/file_edits.h"

namespace slipway::model::testing_support {
namespace {

KeyPath split_path(std::string_view path) {
  KeyPath keys;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    keys.emplace_back(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return keys;
}

RuleInputs with_result(const RuleInputs& inputs, const RuleOutcome& outcome) {
  RuleInputs again = inputs;
  for (const auto& [name, text] : outcome.files.files) again.run.files[name] = text;
  return again;
}

}  // namespace

Metadata run_with(std::string_view config, std::string_view generation, std::string_view eos) {
  Metadata run;
  if (config != "-") run.files["config.json"] = fmt::format("{{{}}}", config);
  if (generation != "-") run.files["generation_config.json"] = fmt::format("{{{}}}", generation);
  run.files["tokenizer.json"] = kTokenizerJson;
  run.files["special_tokens_map.json"] = "{}";
  name_eos(run, eos);
  use_template(run, kChatml);
  return run;
}

void name_eos(Metadata& run, const json::Value& eos) {
  std::string& text = run.files["tokenizer_config.json"];
  json::Value config = text.empty() ? json::Value::object() : json::parse(text).value();
  config.set("eos_token", eos);
  text = json::print_compact(config);
}

void drop_template(Metadata& run) {
  use_template(run, "");
  run.files.erase("chat_template.jinja");
  json::Document config = json::Document::parse(run.files["tokenizer_config.json"]).value();
  EXPECT_TRUE(config.erase("chat_template"));
  run.files["tokenizer_config.json"] = config.text();
}

void use_template(Metadata& run, std::string_view text) {
  json::Value config = json::parse(run.files["tokenizer_config.json"]).value();
  config.set("chat_template", text);
  run.files["tokenizer_config.json"] = json::print_compact(config);
  run.files["chat_template.jinja"] = text;
}

RuleOutcome apply(const RuleInputs& inputs) {
  auto outcome = apply_rules(inputs);
  if (!outcome) {
    ADD_FAILURE() << describe(outcome.error());
    return {};
  }
  const auto again = apply_rules(with_result(inputs, *outcome));
  EXPECT_TRUE(again.has_value());
  if (again) {
    EXPECT_EQ(again->fixes, std::vector<Fix>{});
    EXPECT_TRUE(again->files.files.empty());
    EXPECT_EQ(again->stops.ids, outcome->stops.ids);
    EXPECT_EQ(again->stops.differs_from_base, outcome->stops.differs_from_base);
  }
  return std::move(*outcome);
}

std::string after(const RuleInputs& inputs, const RuleOutcome& outcome, std::string_view file,
                  std::string_view path) {
  const RuleInputs result = with_result(inputs, outcome);
  const std::string* text = result.run.find(file);
  if (text == nullptr) return "";
  const auto root = json::parse(*text, {.allow_nan = true});
  if (!root) return "not JSON";
  const json::Value* value = value_at(*root, split_path(path));
  return value == nullptr ? "" : json::print_compact(*value);
}

std::vector<std::string> codes(const RuleOutcome& outcome) {
  std::vector<std::string> codes;
  for (const Fix& fix : outcome.fixes) codes.push_back(fix.code);
  return codes;
}

bool warns(const RuleOutcome& outcome, std::string_view code) {
  return std::ranges::any_of(outcome.warnings, [code](const Warning& one) { return one.code == code; });
}

}  // namespace slipway::model::testing_support
