#include "recipe/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace slipway::recipe {
namespace {

constexpr std::array<std::string_view, 3> kSecrets{"hub_token", "push_to_hub_token", "use_auth_token"};

// "line 3: x" of the YAML reader becomes "recipe.yaml:3: x".
std::string with_file(std::string_view message, std::string_view file) {
  constexpr std::string_view kLine = "line ";
  if (message.starts_with(kLine)) message.remove_prefix(kLine.size());
  return fmt::format("{}:{}", file, message);
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

Result<std::optional<std::string>> Settings::revision(std::string_view key) const {
  const Setting* setting = find(key);
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return std::optional<std::string>();
  if (!is_scalar(setting->value.kind) || setting->value.kind == yaml::Kind::kBool)
    return setting->wanted("a string");
  return std::optional(setting->value.text);
}

}  // namespace slipway::recipe
