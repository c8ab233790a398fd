#include "recipe/data_sets.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace slipway::recipe {
namespace {

bool is_given(const Setting* setting) {
  return setting != nullptr && setting->value.kind != yaml::Kind::kNull;
}

void add(DataSet set, Recipe& recipe) {
  const auto same = [&](const DataSet& other) {
    return other.id == set.id && other.config == set.config && other.split == set.split;
  };
  if (std::ranges::none_of(recipe.data_sets, same)) recipe.data_sets.push_back(std::move(set));
}

// A scalar of an entry as text, "" when it is absent.
Result<std::string> text_of(const Setting& setting, const yaml::Node& entry, std::string_view key) {
  const yaml::Node* value = entry.find(key);
  if (value == nullptr || value->kind == yaml::Kind::kNull) return std::string();
  if (value->kind == yaml::Kind::kList || value->kind == yaml::Kind::kMap)
    return setting.wanted(fmt::format("for '{}' a string", key), value);
  return value->text;
}

Result<std::string> split_of(const Setting& setting, const yaml::Node& entry) {
  const yaml::Node* value = entry.find("split");
  if (value == nullptr || value->kind != yaml::Kind::kList) return text_of(setting, entry, "split");
  std::vector<std::string> splits;
  for (const yaml::Node& item : value->items) {
    if (item.kind != yaml::Kind::kString) return setting.wanted("for 'split' a string", &item);
    splits.push_back(item.text);
  }
  return fmt::format("{}", fmt::join(splits, ", "));
}

// The words of a key that holds a text or a list of texts.
Result<std::vector<std::string>> words_of(const Settings& settings, std::string_view key) {
  std::vector<std::string> words;
  const Setting* setting = settings.find(key);
  if (!is_given(setting)) return words;
  constexpr std::string_view kWanted = "a string or a list of strings";
  if (setting->value.kind == yaml::Kind::kString) return std::vector{setting->value.text};
  if (setting->value.kind != yaml::Kind::kList) return setting->wanted(kWanted);
  for (const yaml::Node& item : setting->value.items) {
    if (item.kind != yaml::Kind::kString) return setting->wanted(kWanted, &item);
    words.push_back(item.text);
  }
  return words;
}

// What dataset_config, dataset_train_split and dataset_test_split say holds for a single dataset_name.
Result<void> read_names(const Settings& settings, Recipe& recipe) {
  SLIPWAY_ASSIGN(const std::vector<std::string> names, words_of(settings, "dataset_name"));
  SLIPWAY_ASSIGN(const auto config, settings.scalar("dataset_config"));
  SLIPWAY_ASSIGN(const auto train, settings.scalar("dataset_train_split"));
  SLIPWAY_ASSIGN(const auto test, settings.scalar("dataset_test_split"));
  const Setting* setting = settings.find("dataset_name");
  const bool single = names.size() == 1 && setting->value.kind == yaml::Kind::kString;
  for (const std::string& name : names) {
    DataSet set{.id = name};
    if (single) set.config = config.value_or("");
    if (single) set.split = train.value_or("");
    add(std::move(set), recipe);
  }
  if (single) recipe.eval_split = test.value_or("");
  return {};
}

// The handbook trains on the splits with "train" in their names, and evaluates on those with "test".
std::string splits_with(const std::vector<std::string>& splits, std::string_view word) {
  std::vector<std::string> found;
  for (const std::string& split : splits)
    if (split.find(word) != std::string::npos) found.push_back(split);
  return fmt::format("{}", fmt::join(found, ", "));
}

// dataset_mixer: a map from data set to share; the n-th of dataset_configs belongs to the n-th.
Result<void> read_mixer(const Settings& settings, Recipe& recipe) {
  SLIPWAY_ASSIGN(const std::vector<std::string> splits, words_of(settings, "dataset_splits"));
  SLIPWAY_ASSIGN(const std::vector<std::string> configs, words_of(settings, "dataset_configs"));
  const Setting* setting = settings.find("dataset_mixer");
  if (!is_given(setting)) return {};
  if (setting->value.kind != yaml::Kind::kMap) return setting->wanted("a map from data set to share");
  const auto& members = setting->value.members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& [name, share] = members[i];
    if (share.kind != yaml::Kind::kInt && share.kind != yaml::Kind::kFloat)
      return setting->wanted("a number for each data set", &share);
    add({.id = name.text,
         .config = i < configs.size() ? configs[i] : "",
         .split = splits_with(splits, "train"),
         .share = share.text},
        recipe);
  }
  if (members.size() == 1 && recipe.data_sets.size() == 1) recipe.eval_split = splits_with(splits, "test");
  return {};
}

struct EntryForm {
  std::string_view id;
  std::string_view config;
  std::string_view wanted;
};

Result<void> read_entries(const Setting& setting, const yaml::Node& list, const EntryForm& form,
                          Recipe& recipe) {
  if (list.kind != yaml::Kind::kList) return setting.wanted(form.wanted, &list);
  for (const yaml::Node& entry : list.items) {
    const yaml::Node* id = entry.find(form.id);
    if (id == nullptr || id->kind != yaml::Kind::kString)
      return setting.wanted(form.wanted, id == nullptr ? &entry : id);
    DataSet set{.id = id->text};
    SLIPWAY_ASSIGN(set.config, text_of(setting, entry, form.config));
    SLIPWAY_ASSIGN(set.split, split_of(setting, entry));
    SLIPWAY_ASSIGN(set.share, text_of(setting, entry, "weight"));
    SLIPWAY_ASSIGN(set.revision, text_of(setting, entry, "revision"));
    add(std::move(set), recipe);
  }
  return {};
}

Result<void> read_mixture(const Settings& settings, Recipe& recipe) {
  constexpr EntryForm kForm{"id", "config", "a map with a list 'datasets', each entry with an id,"};
  const Setting* setting = settings.find("dataset_mixture");
  if (!is_given(setting)) return {};
  const yaml::Node* list = setting->value.find("datasets");
  if (setting->value.kind != yaml::Kind::kMap || list == nullptr) return setting->wanted(kForm.wanted);
  return read_entries(*setting, *list, kForm, recipe);
}

Result<void> read_trl_mixture(const Settings& settings, Recipe& recipe) {
  constexpr EntryForm kForm{"path", "name", "a list of which each entry has a path"};
  const Setting* setting = settings.find("datasets");
  if (!is_given(setting)) return {};
  return read_entries(*setting, setting->value, kForm, recipe);
}

}  // namespace

Result<void> read_data_sets(const Settings& settings, Recipe& recipe) {
  SLIPWAY_TRY(read_names(settings, recipe));
  SLIPWAY_TRY(read_mixer(settings, recipe));
  SLIPWAY_TRY(read_mixture(settings, recipe));
  SLIPWAY_TRY(read_trl_mixture(settings, recipe));
  if (recipe.data_sets.size() != 1) recipe.eval_split.clear();
  return {};
}

}  // namespace slipway::recipe
