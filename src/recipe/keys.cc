#include "recipe/keys.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <vector>

#include "base/edit_distance.h"

namespace slipway::recipe {
namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto done = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && done.ec == std::errc{} && done.ptr == text.data() + text.size();
}

bool is_flag(std::string_view text) {
  constexpr auto kFlags =
      std::to_array<std::string_view>({"true", "false", "True", "False", "yes", "no", "1", "0"});
  return std::ranges::find(kFlags, text) != kFlags.end();
}

std::uint64_t letters_of(std::string_view text) {
  std::uint64_t letters = 0;
  for (const char c : text) letters |= std::uint64_t{1} << (static_cast<unsigned char>(c) & 63U);
  return letters;
}

// Each letter that the other lacks, and each letter too many, is an edit: most keys need no table of
// distances.
bool may_be_near(std::string_view a, std::string_view b, std::size_t far) {
  const std::size_t longer = std::max(a.size(), b.size()), shorter = std::min(a.size(), b.size());
  const std::uint64_t in_a = letters_of(a), in_b = letters_of(b);
  const auto lacking =
      static_cast<std::size_t>(std::max(std::popcount(in_a & ~in_b), std::popcount(in_b & ~in_a)));
  return longer - shorter <= far && lacking <= far;
}

bool takes_string(const RecipeKey& key, std::string_view text) {
  if (key.can_be('s') || key.can_be('m') || key.can_be('l')) return true;  // maps may be given as JSON
  if ((key.can_be('i') || key.can_be('f')) && is_number(text)) return true;
  return key.can_be('b') && is_flag(text);
}

}  // namespace

const RecipeKey* find_key(std::string_view key) {
  const auto keys = recipe_keys();
  const auto at = std::ranges::lower_bound(keys, key, {}, &RecipeKey::key);
  return at != keys.end() && at->key == key ? &*at : nullptr;
}

std::optional<std::string_view> nearest_key(std::string_view key) {
  constexpr std::size_t kBytesMax = 100;  // nobody means a key by more than that
  if (key.size() > kBytesMax) return std::nullopt;
  const std::size_t far = std::max<std::size_t>(2, key.size() / 3);  // as nearest() has it
  std::vector<std::string_view> names;
  for (const RecipeKey& known : recipe_keys())
    if (may_be_near(key, known.key, far)) names.push_back(known.key);
  return nearest(key, names);
}

bool takes_value(const RecipeKey& key, const yaml::Node& value) {
  switch (value.kind) {
    case yaml::Kind::kNull:
      return true;
    case yaml::Kind::kBool:
      return key.can_be('b');
    case yaml::Kind::kInt:
      return key.can_be('i') || key.can_be('f') || key.can_be('s');
    case yaml::Kind::kFloat:
      return key.can_be('f') || key.can_be('s');
    case yaml::Kind::kList:
      return key.can_be('l');
    case yaml::Kind::kMap:
      return key.can_be('m');
    default:
      return takes_string(key, value.text);
  }
}

std::string_view wanted_of(const RecipeKey& key) {
  if (key.can_be('m')) return "a map";
  if (key.can_be('l')) return key.can_be('s') ? "a string or a list" : "a list";
  if (key.can_be('s')) return "a string";
  if (key.can_be('f')) return "a number";
  return key.can_be('i') ? "a whole number" : "a boolean";
}

}  // namespace slipway::recipe
