// Rule 6, the chat template: in chat_template.jinja and in tokenizer_config.json, the same text.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

using json::Value;

constexpr std::string_view kFile = "chat_template.jinja";
constexpr std::string_view kKey = "chat_template";

constexpr Because kFileOnly{"template-in-file-only",
                            "TGI, older transformers and many tools look for the chat template in "
                            "tokenizer_config.json alone, and then chat without one"};
constexpr Because kKeyOnly{
    "template-in-config-only",
    "the chat template has a file of its own since transformers 4.52, which newer tools "
    "read first"};
constexpr Because kFileWins{
    "template-conflict",
    "the run was saved by a transformers that reads chat_template.jinja first, so this "
    "other text is not what it was trained with"};
constexpr Because kKeyWins{
    "template-conflict",
    "the run was saved by a transformers that writes its template into "
    "tokenizer_config.json, so this other text, which newer loaders read first, is not "
    "what it was trained with"};

// The two leading numbers of "4.51.3"; {0, 0} where there are none.
std::pair<int, int> version_of(std::string_view text) {
  std::pair<int, int> version{0, 0};
  const auto [dot, error] = std::from_chars(text.data(), text.data() + text.size(), version.first);
  if (error == std::errc() && dot != text.data() + text.size())
    std::from_chars(dot + 1, text.data() + text.size(), version.second);
  return version;
}

// transformers 4.52 was the first to write the file; until then a save wrote the key.
bool saved_before_the_file(const RuleWork& work) {
  const Value* named = work.config ? work.config->find("transformers_version") : nullptr;
  const auto version = version_of(named == nullptr ? "" : named->string());
  return version.first > 0 && version < std::pair(4, 52);
}

// A single template, or the entry named "default" of several.
const std::string* default_of(const Value& value) {
  if (value.is_string()) return &value.string();
  for (const Value& entry : value.items()) {
    const Value* name = entry.find("name");
    const Value* text = entry.find("template");
    if (name != nullptr && name->string() == "default" && text != nullptr && text->is_string())
      return &text->string();
  }
  return nullptr;
}

Value with_default(const Value& value, const std::string& text) {
  if (!value.is_array()) return text;
  Value list = Value::array();
  for (const Value& entry : value.items()) {
    Value changed = entry;
    const Value* name = entry.find("name");
    if (name != nullptr && name->string() == "default") changed.set("template", text);
    list.push_back(std::move(changed));
  }
  return list;
}

void write_file(RuleWork& work, const std::string& text, Because why) {
  const std::string* before = work.inputs.run.find(kFile);
  work.texts.push_back({.name = std::string(kFile),
                        .text = text,
                        .fixes = {{.code = std::string(why.code),
                                   .file = std::string(kFile),
                                   .path = "",
                                   .before = before == nullptr ? "" : json::print_compact(*before),
                                   .after = json::print_compact(text),
                                   .reason = std::string(why.reason)}}});
  work.tokenizer.chat_template = text;
  work.tokenizer.chat_template_file = kFile;
}

}  // namespace

Result<void> write_template_in_both_places(RuleWork& work) {
  if (!work.tokenizer_config) return {};
  FileEdits& config = *work.tokenizer_config;
  const std::string* file = work.inputs.run.find(kFile);
  const Value* value = config.find(kKey);
  const std::string* key = value == nullptr ? nullptr : default_of(*value);
  if (file != nullptr && (value == nullptr || value->is_null()))
    return config.set({std::string(kKey)}, *file, kFileOnly);
  if (key == nullptr || (file != nullptr && *file == *key)) return {};
  if (file == nullptr) {
    write_file(work, *key, kKeyOnly);
  } else if (saved_before_the_file(work)) {
    write_file(work, *key, kKeyWins);
  } else {
    return config.set({std::string(kKey)}, with_default(*value, *file), kFileWins);
  }
  return {};
}

}  // namespace slipway::model
