#include "recipe/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "recipe/keys.h"

namespace slipway::recipe {
namespace {

constexpr std::array<std::string_view, 3> kSecrets{"hub_token", "push_to_hub_token", "use_auth_token"};

// "line 3: x" of the YAML reader becomes "recipe.yaml:3: x".
std::string with_file(std::string_view message, std::string_view file) {
  constexpr std::string_view kLine = "line ";
  if (message.starts_with(kLine)) message.remove_prefix(kLine.size());
  return fmt::format("{}:{}", file, message);
}

// "a,b" as a list of texts.
yaml::Node words_of(std::string_view text) {
  yaml::Node list{.kind = yaml::Kind::kList, .line = 1};
  while (true) {
    const auto comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    list.items.push_back({.kind = yaml::Kind::kString, .line = 1, .text = std::string(word)});
    if (comma == std::string_view::npos) return list;
    text.remove_prefix(comma + 1);
  }
}

Result<void> read_as_override(const std::string& key, yaml::Node& value) {
  const RecipeKey* known = find_key(key);
  if (known == nullptr) return {};
  const bool ambiguous = value.kind == yaml::Kind::kBool || value.kind == yaml::Kind::kInt;
  if (known->types == "b" && ambiguous) {
    constexpr auto kWords = std::to_array<std::string_view>({"true", "True", "false", "False"});
    if (std::ranges::find(kWords, value.text) == kWords.end())
      return fail(
          ErrorCode::kBadRecipe,
          fmt::format("--set: {}: true or false is wanted; trainers do not agree on other words", key));
  }
  const bool words = value.kind == yaml::Kind::kString && value.text.find(',') != std::string::npos;
  const bool many = known->can_be('l') || key == "dataset_name";
  if (words && many && !known->types.empty() && !known->can_be('m')) value = words_of(value.text);
  return {};
}

bool is_scalar(yaml::Kind kind) { return kind != yaml::Kind::kList && kind != yaml::Kind::kMap; }

}  // namespace

std::string Setting::place() const { return file.empty() ? "--set" : fmt::format("{}:{}", file, line); }

std::string Setting::place_of(const yaml::Node& node) const {
  return file.empty() ? "--set" : fmt::format("{}:{}", file, node.line);
}

std::unexpected<Error> Setting::wanted(std::string_view what, const yaml::Node* part) const {
  const yaml::Node& node = part == nullptr ? value : *part;
  return fail(ErrorCode::kBadRecipe,
              fmt::format("{}: {}: {} is wanted, this is {}", part == nullptr ? place() : place_of(*part),
                          key, what, yaml::kind_name(node.kind)));
}

Result<void> Settings::read_file(std::string_view text, std::string_view file) {
  auto root = yaml::parse(text);
  if (!root) return fail(ErrorCode::kBadRecipe, with_file(root.error().message, file));
  if (root->kind == yaml::Kind::kNull) return {};
  if (root->kind != yaml::Kind::kMap) {
    return fail(ErrorCode::kBadRecipe, fmt::format("{}:{}: a recipe is a map of keys and values, this is {}",
                                                   file, root->line, yaml::kind_name(root->kind)));
  }
  for (auto& [key, value] : root->members) {
    settings_.push_back(
        {.key = key.text, .value = std::move(value), .file = std::string(file), .line = key.line});
  }
  return {};
}

Result<void> Settings::lay_over(std::string_view override_text) {
  const auto sign = override_text.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    return fail(ErrorCode::kInvalidArgument, "--set wants KEY=VALUE, as in --set push_to_hub=true");
  }
  const std::string key(override_text.substr(0, sign));
  if (std::ranges::find(kSecrets, key) != kSecrets.end()) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("--set {}: a token must not stand on the command line: give --token-file or log in",
                    key));
  }
  auto value = yaml::parse(override_text.substr(sign + 1));
  if (!value) {
    return fail(ErrorCode::kBadRecipe,
                fmt::format("--set: {}: the value is no YAML: {}", key, value.error().message));
  }
  SLIPWAY_TRY(read_as_override(key, *value));
  std::erase_if(settings_, [&](const Setting& setting) { return setting.key == key; });
  settings_.push_back({.key = key, .value = *std::move(value)});
  return {};
}

const Setting* Settings::find(std::string_view key) const {
  const auto at = std::ranges::find(settings_, key, &Setting::key);
  return at == settings_.end() ? nullptr : &*at;
}

Result<std::optional<bool>> Settings::boolean(std::string_view key) const {
  const Setting* setting = find(key);
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return std::optional<bool>();
  if (setting->value.kind != yaml::Kind::kBool) return setting->wanted("a boolean");
  return std::optional(setting->value.boolean);
}

Result<std::optional<std::string>> Settings::text(std::string_view key) const {
  const Setting* setting = find(key);
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return std::optional<std::string>();
  const bool given_as_text = setting->file.empty() && is_scalar(setting->value.kind);
  if (setting->value.kind != yaml::Kind::kString && !given_as_text) return setting->wanted("a string");
  return std::optional(setting->value.text);
}

Result<std::optional<std::string>> Settings::scalar(std::string_view key) const {
  const Setting* setting = find(key);
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return std::optional<std::string>();
  if (!is_scalar(setting->value.kind)) return setting->wanted("a string");
  return std::optional(setting->value.text);
}

Result<std::optional<std::string>> Settings::revision(std::string_view key) const {
  const Setting* setting = find(key);
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return std::optional<std::string>();
  if (!is_scalar(setting->value.kind) || setting->value.kind == yaml::Kind::kBool)
    return setting->wanted("a string");
  return std::optional(setting->value.text);
}

}  // namespace slipway::recipe
