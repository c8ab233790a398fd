#include "transform/merge/base_names.h"

#include <array>
#include <utility>

#include "transform/expert_names.h"
#include "transform/wrapped_names.h"

namespace slipway::transform {
namespace {

// The two orders in which transformers has named the language model inside of a larger one.
constexpr std::pair<std::string_view, std::string_view> kTurned[] = {
    {"language_model.model.", "model.language_model."}, {"model.language_model.", "language_model.model."}};

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

std::optional<std::size_t> BaseNames::behind_a_prefix(std::string_view name) const {
  std::optional<std::size_t> found;
  for (const auto& [stored, place] : places_) {
    const bool longer = stored.size() > name.size() && stored.ends_with(name);
    if (!longer || stored[stored.size() - name.size() - 1] != '.') continue;
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
  if (const std::string other = other_expert_name(name); !other.empty())
    if (const auto at = exactly(other)) return at;
  const std::size_t dot = name.find('.');
  if (dot != std::string_view::npos && name.find('.', dot + 1) != std::string_view::npos) {
    if (const auto at = exactly(name.substr(dot + 1))) return at;
  }
  return behind_a_prefix(name);
}

}  // namespace slipway::transform
