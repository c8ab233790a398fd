// recipe/settings.h - the top-level keys of a recipe with `--set` laid over, each with where it stands.
//
// Contract   A later --set wins over an earlier one and over the file. A key of which the value is null
//            counts as not given. Values never stand in messages: they may be secrets. A --set of a boolean
//            is true, True, false or False: the handbook's old parser takes every other word for false, trl's
//            takes some for true. A --set of a list may be words with commas between them.
// Errors     kBadRecipe "recipe.yaml:12: push_to_hub: a boolean is wanted, this is a list"
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/result.h"
#include "text/yaml.h"

namespace slipway::recipe {

struct Setting {
  std::string key{};
  yaml::Node value{};
  std::string file{};  // "" when it was given by --set
  int line = 0;        // of the key

  std::string place() const;                           // "recipe.yaml:12" or "--set"
  std::string place_of(const yaml::Node& node) const;  // of a part of the value
  std::unexpected<Error> wanted(std::string_view what, const yaml::Node* part = nullptr) const;
};

class Settings {
 public:
  Result<void> read_file(std::string_view text, std::string_view file);
  Result<void> lay_over(std::string_view override_text);  // "key=value"

  const std::vector<Setting>& all() const { return settings_; }
  const Setting* find(std::string_view key) const;

  Result<std::optional<bool>> boolean(std::string_view key) const;
  // A --set may look like a number or a date and still be meant as a text.
  Result<std::optional<std::string>> text(std::string_view key) const;
  Result<std::optional<std::string>> revision(std::string_view key) const;  // 1234567 is one too
  Result<std::optional<std::string>> scalar(std::string_view key) const;    // of any type, as it is written

 private:
  std::vector<Setting> settings_;
};

}  // namespace slipway::recipe
