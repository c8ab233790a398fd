#include "flow/unchanged_tensors.h"

#include <span>
#include <string_view>
#include <unordered_map>

#include "model/adapter_names.h"
#include "transform/cast.h"
#include "transform/tied.h"
#include "transform/view_source.h"

namespace slipway::flow {
namespace {

using Source = std::shared_ptr<const tensor::TensorSource>;

// The views stand as long as the catalogue does.
std::unordered_map<std::string_view, std::size_t> places_by_name(
    std::span<const tensor::TensorInfo> catalogue) {
  std::unordered_map<std::string_view, std::size_t> places;
  places.reserve(catalogue.size());
  for (std::size_t i = 0; i < catalogue.size(); ++i) places.emplace(catalogue[i].name, i);
  return places;
}

}  // namespace

Result<std::optional<bool>> compare_with_base(const tensor::TensorSource& adapter, std::size_t mine,
                                              const Source& base, std::size_t theirs) {
  const tensor::TensorInfo& a = adapter.catalogue()[mine];
  const tensor::TensorInfo& b = base->catalogue()[theirs];
  if (a.shape != b.shape) return std::nullopt;
  if (a.dtype != b.dtype && !(transform::is_castable(a.dtype) && transform::is_castable(b.dtype)))
    return std::nullopt;
  const transform::ViewSource widened(
      base, {{theirs, b.name, a.dtype == b.dtype ? std::nullopt : std::optional(a.dtype)}});
  SLIPWAY_ASSIGN(const bool same, transform::same_bytes(adapter, mine, widened, 0));
  return same;
}

Result<std::vector<std::string>> find_unchanged_tensors(
    const run::RunFacts& run, const std::optional<tensor::OpenedWeights>& base_weights) {
  std::vector<std::string> unchanged;
  if (!run.adapter || !run.weights || !base_weights) return unchanged;
  const tensor::TensorSource& adapter = *run.weights->source;
  const auto places = places_by_name(base_weights->source->catalogue());
  for (std::size_t i = 0; i < adapter.catalogue().size(); ++i) {
    const std::string name = model::name_in_base(adapter.catalogue()[i].name);
    if (name.empty()) continue;  // the tuner's own
    const auto at = places.find(name);
    if (at == places.end()) continue;
    SLIPWAY_ASSIGN(const auto same, compare_with_base(adapter, i, base_weights->source, at->second));
    if (same.value_or(false)) unchanged.push_back(adapter.catalogue()[i].name);
  }
  return unchanged;
}

}  // namespace slipway::flow
