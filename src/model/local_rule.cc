// Rule 6: what tells of the training machine and of nothing else goes.
#include <algorithm>
#include <array>

#include "model/rule_work.h"

namespace slipway::model {
namespace {

using json::Value;

constexpr auto kNames = std::to_array<std::string_view>({"_name_or_path", "name_or_path"});
constexpr auto kFiles = std::to_array<std::string_view>(
    {"tokenizer_file", "special_tokens_map_file", "added_tokens_file", "tokenizer_config_file", "vocab_file",
     "merges_file", "full_tokenizer_file", "chat_template_file", "cache_dir", "offload_folder"});
constexpr auto kFlags = std::to_array<std::string_view>({"is_local", "local_files_only"});

constexpr Because kPath{
    "local-path",
    "the path is one of the training machine: nobody else has it, and it tells of users and "
    "folders there"};
constexpr Because kFlag{
    "local-flag", "it says how the training machine loaded the tokenizer, which is no property of the model"};

bool is_drive(std::string_view text) {
  return text.size() > 2 && text[1] == ':' && (text[2] == '\\' || text[2] == '/');
}

// Not "owner/name", nor a legacy one-part id, as far as looks tell.
bool is_local(std::string_view text) {
  if (text.starts_with('/') || text.starts_with('~') || text.starts_with("./") || text.starts_with("../"))
    return true;
  const bool checkpoint = text.find("/checkpoint-") != std::string_view::npos;
  return checkpoint || is_drive(text) || text.find('\\') != std::string_view::npos ||
         std::ranges::count(text, '/') > 1 || text.ends_with('/');
}

bool is_local_at(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  return value != nullptr && value->is_string() && is_local(value->string());
}

// At the top level of config.json the base's public id takes its place, so that it is not lost.
Result<void> remove_names(FileEdits& file, const std::string& base) {
  std::vector<KeyPath> names;
  for_each_level(file.root(), [&](const Value& level, const KeyPath& path) {
    for (const std::string_view key : kNames)
      if (is_local_at(level, key)) names.push_back(below(path, key));
  });
  for (const KeyPath& path : names) {
    const bool top = path.size() == 1 && !base.empty();
    SLIPWAY_TRY(top ? file.set(path, base, kPath) : file.erase(path, kPath));
  }
  return {};
}

Result<void> remove_from_tokenizer(FileEdits& file) {
  SLIPWAY_TRY(remove_names(file, ""));
  for (const std::string_view key : kFiles)
    if (is_local_at(file.root(), key)) SLIPWAY_TRY(file.erase({std::string(key)}, kPath));
  for (const std::string_view key : kFlags) SLIPWAY_TRY(file.erase({std::string(key)}, kFlag));
  return {};
}

}  // namespace

Result<void> remove_local_traces(RuleWork& work) {
  if (work.tokenizer_config) SLIPWAY_TRY(remove_from_tokenizer(*work.tokenizer_config));
  if (work.generation) SLIPWAY_TRY(remove_names(*work.generation, ""));
  if (!work.config || work.inputs.adapter) return {};
  return remove_names(*work.config, work.inputs.public_base_id);
}

}  // namespace slipway::model
