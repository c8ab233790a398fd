#include "recipe/recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/secret_setting.h"
#include "recipe/data_sets.h"
#include "recipe/key_notes.h"
#include "recipe/settings.h"

namespace slipway::recipe {
namespace {

bool is_scalar(const yaml::Node& node) {
  return node.kind != yaml::Kind::kList && node.kind != yaml::Kind::kMap && node.kind != yaml::Kind::kNull;
}

std::string scalar_text(const yaml::Node& node) {
  if (node.kind == yaml::Kind::kBool) return node.boolean ? "true" : "false";
  return node.text;
}

void take_values(const Settings& settings, Recipe& recipe) {
  for (const Setting& setting : settings.all()) {
    if (is_secret_setting(setting.key)) continue;
    if (is_scalar(setting.value)) recipe.values.emplace_back(setting.key, scalar_text(setting.value));
    if (setting.value.kind != yaml::Kind::kList || !std::ranges::all_of(setting.value.items, is_scalar))
      continue;
    std::vector<std::string> items;
    for (const yaml::Node& item : setting.value.items) items.push_back(scalar_text(item));
    recipe.values.emplace_back(setting.key, fmt::format("{}", fmt::join(items, ", ")));
  }
}

Result<void> read_settings(const Settings& settings, Recipe& recipe) {
  SLIPWAY_ASSIGN(recipe.model_name_or_path, settings.text("model_name_or_path"));
  SLIPWAY_ASSIGN(recipe.model_revision, settings.revision("model_revision"));
  SLIPWAY_ASSIGN(recipe.output_dir, settings.text("output_dir"));
  SLIPWAY_ASSIGN(recipe.push_to_hub, settings.boolean("push_to_hub"));
  SLIPWAY_ASSIGN(recipe.hub_model_id, settings.text("hub_model_id"));
  SLIPWAY_ASSIGN(recipe.hub_revision, settings.revision("hub_revision"));
  SLIPWAY_ASSIGN(recipe.hub_private_repo, settings.boolean("hub_private_repo"));
  SLIPWAY_TRY(read_data_sets(settings, recipe));
  take_values(settings, recipe);
  return {};
}

}  // namespace

std::vector<std::string> Recipe::datasets() const {
  std::vector<std::string> ids;
  for (const DataSet& set : data_sets)
    if (std::ranges::find(ids, set.id) == ids.end()) ids.push_back(set.id);
  return ids;
}

Result<Recipe> read_recipe(std::string_view text, std::string_view file,
                           std::span<const std::string> overrides) {
  Recipe recipe{.file = std::string(file)};
  Settings settings;
  SLIPWAY_TRY(settings.read_file(text, file));
  for (const std::string& override_text : overrides) SLIPWAY_TRY(settings.lay_over(override_text));
  SLIPWAY_TRY(read_settings(settings, recipe));
  SLIPWAY_TRY(note_keys(settings, recipe));
  return recipe;
}

}  // namespace slipway::recipe
