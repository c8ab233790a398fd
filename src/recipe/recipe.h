// recipe/recipe.h - an alignment-handbook recipe, read for what matters to this stage.
//
// Contract   All dialects: the handbook's of 0.2/0.3 (dataset_mixer) and after (dataset_name,
//            dataset_mixture), and trl's own (`datasets`). Every key is looked at: dead ones
//            (hub_model_revision), secrets (hub_token), those of another dialect and those that nobody knows
//            are reported (key_notes.h), what this stage does not use is otherwise left alone. `--set
//            key=value` is laid over the file, read as the handbook's parser reads an override: true or True,
//            lists with commas; else as a YAML scalar.
// Errors     kBadRecipe "recipe.yaml:12: push_to_hub: a boolean is wanted, this is a list"
// Source     alignment-handbook src/alignment/configs.py; transformers training_args.py
// Threads    value
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/result.h"

namespace slipway::recipe {

// A data set that is trained on, and what else the recipe says of it; "" where it says nothing.
struct DataSet {
  std::string id{};
  std::string config{};
  std::string split{};  // of training; several are joined by ", "
  std::string share{};  // of dataset_mixer, or the weight in a dataset_mixture
  std::string revision{};
};

struct Recipe {
  std::string file{};  // "" when only --set was given
  std::optional<std::string> model_name_or_path{};
  std::optional<std::string> model_revision{};
  std::optional<std::string> output_dir{};
  std::optional<bool> push_to_hub{};
  std::optional<std::string> hub_model_id{};
  std::optional<std::string> hub_revision{};
  std::optional<bool> hub_private_repo{};
  std::vector<DataSet> data_sets{};  // data_sets.h
  std::string eval_split{};          // of a single data set
  // Every key with a scalar or a list of scalars, as text, in order; secrets are not among them.
  std::vector<std::pair<std::string, std::string>> values{};
  std::vector<std::string> datasets() const;  // the ids of data_sets, each once
  std::vector<std::string> notes{};           // "hub_model_revision is never read by any trainer: ..."
};

// text empty: only the overrides. Each override is "key=value"; hub_token is kInvalidArgument.
Result<Recipe> read_recipe(std::string_view text, std::string_view file,
                           std::span<const std::string> overrides);

}  // namespace slipway::recipe
