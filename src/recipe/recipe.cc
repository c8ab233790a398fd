#include "recipe/recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "recipe/settings.h"

namespace slipway::recipe {
namespace {

struct Remark {
  std::string_view key;
  std::string_view text;
};

// Keys that look as if they did something here.
constexpr std::array<Remark, 8> kRemarks{{
    {"hub_model_revision", "is never read by any trainer: use hub_revision or --revision"},
    {"hub_token", "is never used: log in or give --token-file, and take it out of the recipe"},
    {"push_to_hub_token", "is never used: log in or give --token-file, and take it out of the recipe"},
    {"push_to_hub_model_id", "is gone from transformers 5 and not used: use hub_model_id"},
    {"push_to_hub_organization", "is gone from transformers 5 and not used: use hub_model_id: owner/name"},
    {"overwrite_output_dir", "has no effect here, and transformers 5 refuses it"},
    {"tags", "is no recipe key of any trainer and not used: use --tag"},
    {"use_auth_token", "is never used: log in or give --token-file"},
}};

void add_remarks(const Settings& settings, Recipe& recipe) {
  for (const Setting& setting : settings.all()) {
    if (setting.value.kind == yaml::Kind::kNull) continue;
    const auto remark = std::ranges::find(kRemarks, setting.key, &Remark::key);
    if (remark != kRemarks.end()) {
      recipe.notes.push_back(fmt::format("{}: {} {}", setting.place(), setting.key, remark->text));
    }
    if (setting.key != "env") continue;
    for (const auto& [name, value] : setting.value.members) {
      if (name.text != "HF_TOKEN" && name.text != "HUGGING_FACE_HUB_TOKEN") continue;
      recipe.notes.push_back(
          fmt::format("{}: env.{} is never used: log in or give --token-file, and take it out of the recipe",
                      setting.place_of(name), name.text));
    }
  }
}

void add_dataset(DataSet set, Recipe& recipe) {
  if (std::ranges::find(recipe.data_sets, set.id, &DataSet::id) == recipe.data_sets.end())
    recipe.data_sets.push_back(std::move(set));
}

bool is_scalar(const yaml::Node& node) {
  return node.kind != yaml::Kind::kList && node.kind != yaml::Kind::kMap && node.kind != yaml::Kind::kNull;
}

std::string scalar_text(const yaml::Node& node) {
  if (node.kind == yaml::Kind::kBool) return node.boolean ? "true" : "false";
  return node.text;
}

// "" for what is absent, and for what only makes sense as a whole.
std::string scalar_text(const yaml::Node* node) {
  return node != nullptr && is_scalar(*node) ? scalar_text(*node) : "";
}

std::string scalar_of(const Settings& settings, std::string_view key) {
  const Setting* setting = settings.find(key);
  return scalar_text(setting == nullptr ? nullptr : &setting->value);
}

Result<void> read_names(const Setting* setting, Recipe& recipe) {
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return {};
  if (setting->value.kind == yaml::Kind::kString) {
    add_dataset({.id = setting->value.text}, recipe);
    return {};
  }
  if (setting->value.kind != yaml::Kind::kList) return setting->wanted("a string or a list of strings");
  for (const yaml::Node& item : setting->value.items) {
    if (item.kind != yaml::Kind::kString) return setting->wanted("a string or a list of strings", &item);
    add_dataset({.id = item.text}, recipe);
  }
  return {};
}

// dataset_mixer: a map from data set to share.
Result<void> read_mixer(const Setting* setting, Recipe& recipe) {
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return {};
  if (setting->value.kind != yaml::Kind::kMap) return setting->wanted("a map from data set to share");
  for (const auto& [name, share] : setting->value.members) {
    if (share.kind == yaml::Kind::kList || share.kind == yaml::Kind::kMap) {
      return setting->wanted("a number for each data set", &share);
    }
    add_dataset({.id = name.text, .share = scalar_text(&share)}, recipe);
  }
  return {};
}

Result<void> read_mixture(const Setting* setting, Recipe& recipe) {
  if (setting == nullptr || setting->value.kind == yaml::Kind::kNull) return {};
  constexpr std::string_view kWanted = "a map with a list 'datasets', each entry with an id,";
  const yaml::Node* datasets = setting->value.find("datasets");
  if (setting->value.kind != yaml::Kind::kMap || datasets == nullptr) return setting->wanted(kWanted);
  if (datasets->kind != yaml::Kind::kList) return setting->wanted(kWanted, datasets);
  for (const yaml::Node& entry : datasets->items) {
    const yaml::Node* id = entry.find("id");
    if (id == nullptr || id->kind != yaml::Kind::kString) {
      return setting->wanted(kWanted, id == nullptr ? &entry : id);
    }
    add_dataset({.id = id->text,
                 .config = scalar_text(entry.find("config")),
                 .split = scalar_text(entry.find("split")),
                 .share = scalar_text(entry.find("weight"))},
                recipe);
  }
  return {};
}

// What dataset_config, dataset_train_split and dataset_test_split say holds for a single dataset_name.
void describe_single(const Settings& settings, Recipe& recipe) {
  const Setting* name = settings.find("dataset_name");
  const bool single =
      name != nullptr && name->value.kind == yaml::Kind::kString && recipe.data_sets.size() == 1;
  if (!single) return;
  recipe.data_sets.front().config = scalar_of(settings, "dataset_config");
  recipe.data_sets.front().split = scalar_of(settings, "dataset_train_split");
  recipe.eval_split = scalar_of(settings, "dataset_test_split");
}

void take_values(const Settings& settings, Recipe& recipe) {
  constexpr std::array<std::string_view, 4> kPrivate{"token", "secret", "password", "api_key"};
  for (const Setting& setting : settings.all()) {
    const auto in_key = [&](std::string_view word) { return setting.key.find(word) != std::string::npos; };
    if (std::ranges::any_of(kPrivate, in_key)) continue;
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
  SLIPWAY_TRY(read_names(settings.find("dataset_name"), recipe));
  SLIPWAY_TRY(read_mixer(settings.find("dataset_mixer"), recipe));
  SLIPWAY_TRY(read_mixture(settings.find("dataset_mixture"), recipe));
  describe_single(settings, recipe);
  take_values(settings, recipe);
  return {};
}

}  // namespace

std::vector<std::string> Recipe::datasets() const {
  std::vector<std::string> ids;
  for (const DataSet& set : data_sets) ids.push_back(set.id);
  return ids;
}

Result<Recipe> read_recipe(std::string_view text, std::string_view file,
                           std::span<const std::string> overrides) {
  Recipe recipe{.file = std::string(file)};
  Settings settings;
  SLIPWAY_TRY(settings.read_file(text, file));
  for (const std::string& override_text : overrides) SLIPWAY_TRY(settings.lay_over(override_text));
  SLIPWAY_TRY(read_settings(settings, recipe));
  add_remarks(settings, recipe);
  return recipe;
}

}  // namespace slipway::recipe
