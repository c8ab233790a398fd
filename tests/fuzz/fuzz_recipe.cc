// Recipes: any text is read or refused with its file and line, and never with a token's value.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/recipe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto recipe = recipe::read_recipe(text, "recipe.yaml", {});
  if (!recipe) {
    SLIPWAY_CHECK(recipe.error().message.starts_with("recipe.yaml:"));
    SLIPWAY_CHECK(recipe.error().message.find('\n') == std::string::npos);
  }
  const std::vector<std::string> overrides{std::string(text)};
  const auto laid_over = recipe::read_recipe("", "", overrides);
  SLIPWAY_CHECK(laid_over.has_value() || laid_over.error().message.starts_with("--set"));
  return 0;
}
