// recipe/data_sets.h - the data sets of a recipe, in each of the forms that recipes name them.
//
// Contract   In order, one row for each data set, configuration and split. dataset_name, a name or several;
//            dataset_mixer, where dataset_splits and dataset_configs hold for all; dataset_mixture; and
//            trl's own list `datasets`.
// Errors     kBadRecipe
// Threads    value
// Source     alignment-handbook src/alignment/configs.py and data.py of 0.3 and after; trl's
//            DatasetMixtureConfig
#pragma once

#include "recipe/recipe.h"
#include "recipe/settings.h"

namespace slipway::recipe {

Result<void> read_data_sets(const Settings& settings, Recipe& recipe);

}  // namespace slipway::recipe
