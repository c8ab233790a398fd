// recipe/key_notes.h - what is to be said of a recipe's keys: dead ones, secrets, those that no trainer
// knows.
//
// Contract   A recipe's dialect is the stack that takes the most of its keys, the newest of equals. Notes
//            name file and line, never a value. A key that nobody knows and that is near to one of the keys
//            that decide what is published, and where, is an error: what is published cannot be taken back.
// Limits     200 unknown keys; more make a file that is no recipe
// Errors     kBadRecipe "recipe.yaml:12: push_to_hubb: no trainer knows this key; push_to_hub is probably
//            meant"
// Threads    value
// Source     transformers' and trl's release notes for the renamed keys
#pragma once

#include "recipe/recipe.h"
#include "recipe/settings.h"

namespace slipway::recipe {

Result<void> note_keys(const Settings& settings, Recipe& recipe);

}  // namespace slipway::recipe
