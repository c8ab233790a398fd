#include "transform/merge/base_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "transform/expert_names.h"
#include "transform/merge/adapter_keys.h"
#include "transform/merge/file_names.h"
#include "transform/wrapped_names.h"

namespace slipway::transform {
namespace {

// The orders in which transformers has named the language model inside of a larger one; files of Qwen2-VL and
// Qwen2.5-VL have it at the top.
constexpr std::pair<std::string_view, std::string_view> kTurned[] = {
    {"language_model.model.", "model.language_model."},
    {"model.language_model.", "language_model.model."},
    {"model.language_model.", "model."},
    {"model.", "model.language_model."}};

std::string_view without_first(std::string_view name) { return name.substr(name.find('.') + 1); }

}  // namespace

BaseNames::BaseNames(std::span<const tensor::TensorInfo> catalogue) {
  const std::size_t replicas = replicas_of(catalogue);
  for (std::size_t i = 0; i < catalogue.size(); ++i)
    places_.emplace(unwrapped(catalogue[i].name, replicas), i);
}

std::optional<std::size_t> BaseNames::exactly(std::string_view name) const {
  const auto at = places_.find(name);
  return at == places_.end() ? std::nullopt : std::optional(at->second);
}

std::optional<std::size_t> BaseNames::bare(std::string_view name) const {
  const std::string_view rest = without_first(name);
  const bool of_a_module = rest.size() < name.size() && rest.find('.') != std::string_view::npos;
  return of_a_module ? exactly(rest) : std::nullopt;
}

std::optional<std::size_t> BaseNames::behind_a_prefix(std::string_view name) const {
  std::optional<std::size_t> found;
  for (const auto& [stored, place] : places_) {
    if (stored.size() == name.size() || !is_last_part(stored, name)) continue;
    if (found) return std::nullopt;
    found = place;
  }
  return found;
}

std::optional<std::size_t> BaseNames::find(std::string_view name) const {
  if (const auto at = exactly(name)) return at;
  for (const auto& [from, to] : kTurned) {
    if (!name.starts_with(from)) continue;
    if (const auto at = exactly(std::string(to) + std::string(name.substr(from.size())))) return at;
  }
  for (const std::string& other : names_in_files(name)) {
    if (const auto at = exactly(other)) return at;
    if (const auto at = bare(other)) return at;
  }
  if (const std::string other = other_expert_name(name); !other.empty())
    if (const auto at = exactly(other)) return at;
  if (const auto at = bare(name)) return at;
  return behind_a_prefix(name);
}

std::string BaseNames::missing_prefix(std::string_view name) const {
  std::vector<std::string> names = names_in_files(name);
  names.insert(names.begin(), std::string(name));
  if (std::ranges::any_of(names, [&](const std::string& one) { return exactly(one).has_value(); })) return "";
  for (const std::string& one : names)
    if (bare(one)) return one.substr(0, one.find('.') + 1);
  return "";
}

}  // namespace slipway::transform
