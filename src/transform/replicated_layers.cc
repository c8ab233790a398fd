#include "transform/replicated_layers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "transform/view_source.h"
#include "transform/wrapped_names.h"

namespace slipway::transform {
namespace {

// Where models of the three kinds that peft knows keep their layers.
constexpr auto kStacks = std::to_array<std::string_view>({"layers.", "encoder.layer.", "h."});

struct LayerName {
  std::uint64_t layer = 0;
  std::string before{};
  std::string behind{};
};

// "model.layers.3.mlp.up_proj.weight" where `stack` is "layers."; the first such part counts.
std::optional<LayerName> in_stack(std::string_view name, std::string_view stack) {
  std::size_t at = name.find(stack);
  while (at != std::string_view::npos && at > 0 && name[at - 1] != '.') at = name.find(stack, at + 1);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = name.substr(at + stack.size());
  LayerName found{.before = std::string(name.substr(0, at + stack.size()))};
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), found.layer);
  if (error != std::errc() || end == rest.data() + rest.size() || *end != '.') return std::nullopt;
  found.behind = std::string(rest.substr(static_cast<std::size_t>(end - rest.data())));
  return found;
}

}  // namespace

std::vector<std::uint64_t> layers_of(const LayerRanges& ranges) {
  std::vector<std::uint64_t> layers;
  for (const auto& [first, end] : ranges)
    for (std::uint64_t layer = first; layer < end; ++layer) layers.push_back(layer);
  return layers;
}

Result<std::shared_ptr<const tensor::TensorSource>> replicate_layers(
    std::shared_ptr<const tensor::TensorSource> source, const LayerRanges& ranges) {
  const std::vector<tensor::TensorInfo> catalogue = unwrapped(source->catalogue());
  for (const std::string_view stack : kStacks) {
    std::map<std::uint64_t, std::vector<std::pair<std::size_t, LayerName>>> old;
    std::vector<Viewed> viewed;
    for (std::size_t i = 0; i < catalogue.size(); ++i) {
      auto found = in_stack(catalogue[i].name, stack);
      if (!found) viewed.push_back({.tensor = i, .name = catalogue[i].name});
      if (found) old[found->layer].emplace_back(i, *std::move(found));
    }
    if (old.empty()) continue;
    const std::vector<std::uint64_t> layers = layers_of(ranges);
    for (std::size_t j = 0; j < layers.size(); ++j) {
      const auto tensors = old.find(layers[j]);
      if (tensors == old.end())
        return fail(
            ErrorCode::kCorruptData,
            fmt::format("adapter_config.json: layer_replication takes layer {} and the base has {}; give "
                        "the base that the adapter was trained on with --base",
                        layers[j], old.size()));
      for (const auto& [i, name] : tensors->second)
        viewed.push_back({.tensor = i, .name = fmt::format("{}{}{}", name.before, j, name.behind)});
    }
    return std::make_shared<const ViewSource>(std::move(source), std::move(viewed));
  }
  return fail(
      ErrorCode::kUnsupported,
      "adapter_config.json sets layer_replication, and the base's tensors tell no layers; publish the "
      "adapter without --merge");
}

}  // namespace slipway::transform
