#include "model/rule_work.h"

#include <array>

namespace slipway::model {
namespace {

// Where composite configs keep their text model. Not the talker of an omni model: its ids are of sounds.
constexpr auto kTextKeys = std::to_array<std::string_view>(
    {"text_config", "llm_config", "llm_cfg", "language_config", "language_model_config", "lm_config",
     "thinker_config", "generator", "decoder", "decoder_config"});

void add_levels(const json::Value& config, const KeyPath& level, std::vector<KeyPath>& levels) {
  levels.push_back(level);
  if (level.size() >= kLevelDepthMax) return;
  for (const std::string_view key : kTextKeys) {
    const json::Value* nested = config.find(key);
    if (nested != nullptr && nested->is_object()) add_levels(*nested, below(level, key), levels);
  }
}

void look_at_level(const json::Value& level, const KeyPath& path,
                   const std::function<void(const json::Value&, const KeyPath&)>& look,
                   const LevelFilter& enters) {
  look(level, path);
  if (path.size() >= kLevelDepthMax) return;
  for (const auto& [key, value] : level.members())
    if (value.is_object() && (!enters || enters(key, value)))
      look_at_level(value, below(path, key), look, enters);
}

bool is_id(const std::optional<std::int64_t>& id) { return id && *id >= 0; }

}  // namespace

bool RuleWork::means_the_same(TokenId id) const {
  const auto ours = tokenizer.text_of(id);
  return ours && ours == base.tokenizer.text_of(id);
}

KeyPath below(const KeyPath& level, std::string_view key) {
  KeyPath path = level;
  path.emplace_back(key);
  return path;
}

std::vector<KeyPath> text_levels(const json::Value& config) {
  std::vector<KeyPath> levels;
  add_levels(config, {}, levels);
  return levels;
}

void for_each_level(const json::Value& config,
                    const std::function<void(const json::Value& level, const KeyPath& path)>& look,
                    const LevelFilter& enters) {
  look_at_level(config, {}, look, enters);
}

std::vector<TokenId> ids_of(const json::Value* value) {
  std::vector<TokenId> ids;
  if (value == nullptr) return ids;
  if (is_id(value->as_int())) ids.push_back(*value->as_int());
  for (const json::Value& item : value->items())
    if (is_id(item.as_int())) ids.push_back(*item.as_int());
  return ids;
}

}  // namespace slipway::model
