// recipe/keys.h - every key that a recipe may have: of which type, and which trainers take it.
//
// Contract   The settings of all scripts and trainers of a dialect together: whether a key fits the one
//            script that the recipe is for is not looked at.
// Threads    value
// Source     tools/make_recipe_keys.py; tests/python/recipe_keys_test.py holds it against the packages
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "text/yaml.h"

namespace slipway::recipe {

// The stacks that recipes are written for, oldest first; a bit each in RecipeKey::takers.
inline constexpr std::array<std::string_view, 5> kDialects{
    "alignment-handbook 0.2 (transformers 4.35)", "alignment-handbook 0.3 (transformers 4.41, trl 0.9)",
    "alignment-handbook after 0.3 (transformers 4.53, trl 0.19)", "transformers 4.57 and trl 0.24",
    "transformers 5.24 and trl 1.16"};

struct RecipeKey {
  std::string_view key;
  std::string_view types;  // of b, i, f, s, l, m: boolean, integer, float, string, list, map; "" for any
  std::uint8_t takers = 0;

  bool is_of(std::size_t dialect) const { return (takers >> dialect & 1U) != 0; }
  bool can_be(char type) const { return types.empty() || types.find(type) != std::string_view::npos; }
};

std::span<const RecipeKey> recipe_keys();  // sorted
const RecipeKey* find_key(std::string_view key);

// What was probably meant by a key that nobody takes.
std::optional<std::string_view> nearest_key(std::string_view key);

// Whether the trainers would take the value; they read numbers and booleans from strings too.
bool takes_value(const RecipeKey& key, const yaml::Node& value);
std::string_view wanted_of(const RecipeKey& key);  // "a number", for messages

}  // namespace slipway::recipe
