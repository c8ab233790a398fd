#include "transform/dequant/four_bit_parts.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include <fmt/format.h>

namespace slipway::transform {
namespace {

constexpr std::string_view kStateWord = ".quant_state.bitsandbytes__";
constexpr auto kPartWords =
    std::to_array<std::string_view>({".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map"});
constexpr auto kInt8Words = std::to_array<std::string_view>({".SCB", ".weight_format"});

using Names = std::map<std::string_view, std::size_t>;

struct StateName {
  std::string_view weight;
  std::string_view type;  // "nf4", or what stands there
};
std::optional<StateName> state_name(std::string_view name) {
  const std::size_t at = name.rfind(kStateWord);
  if (at == std::string_view::npos) return std::nullopt;
  return StateName{name.substr(0, at), name.substr(at + kStateWord.size())};
}

// The weight that a tensor would be a part of by its name.
std::optional<std::string_view> owner_of(std::string_view name) {
  if (const auto state = state_name(name)) return state->weight;
  for (const std::string_view word : kPartWords) {
    if (name.ends_with(word)) return name.substr(0, name.size() - word.size());
  }
  return std::nullopt;
}

std::optional<std::size_t> find(const Names& names, std::string_view weight, std::string_view word) {
  const auto at = names.find(fmt::format("{}{}", weight, word));
  return at == names.end() ? std::nullopt : std::optional(at->second);
}

std::unexpected<Error> missing(std::string_view weight, std::string_view word) {
  return fail(
      ErrorCode::kCorruptData,
      fmt::format("{}{} is missing: without it the 4-bit codes of {} mean nothing; save the quantised "
                  "model again",
                  weight, word, weight));
}

Result<FourBitParts> parts_of(const Names& names, std::size_t state_index, const StateName& state) {
  FourBitParts parts{.state = state_index};
  const auto type = parse_four_bit(state.type);
  if (!type) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} is stored as {}, and only nf4 and fp4 are read", state.weight, state.type));
  }
  parts.type = *type;
  const auto need = [&](std::string_view word, std::size_t& to) -> Result<void> {
    const auto found = find(names, state.weight, word);
    if (!found) return missing(state.weight, word);
    to = *found;
    return {};
  };
  SLIPWAY_TRY(need("", parts.codes));
  SLIPWAY_TRY(need(".absmax", parts.scales));
  SLIPWAY_TRY(need(".quant_map", parts.map));
  parts.nested_scales = find(names, state.weight, ".nested_absmax");
  parts.nested_map = find(names, state.weight, ".nested_quant_map");
  if (parts.nested_scales && !parts.nested_map) return missing(state.weight, ".nested_quant_map");
  if (parts.nested_map && !parts.nested_scales) return missing(state.weight, ".nested_absmax");
  return parts;
}

Result<void> refuse_int8(std::span<const tensor::TensorInfo> catalogue) {
  for (const tensor::TensorInfo& info : catalogue) {
    const auto ends = [&](std::string_view word) { return info.name.ends_with(word); };
    if (std::ranges::none_of(kInt8Words, ends)) continue;
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} belongs to LLM.int8 of bitsandbytes, which is not dequantised: it multiplies "
                            "columns that stand out in 16 bits, and no plain weight does the same; take the "
                            "16-bit model that it was made from",
                            info.name));
  }
  return {};
}

using PartsOf = std::map<std::size_t, FourBitParts>;  // by the codes' tensor

Result<PartsOf> find_parts(std::span<const tensor::TensorInfo> catalogue, const Names& names) {
  PartsOf found;
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const auto state = state_name(catalogue[i].name);
    if (!state) continue;
    SLIPWAY_ASSIGN(const FourBitParts parts, parts_of(names, i, *state));
    if (!found.emplace(parts.codes, parts).second) {
      return fail(
          ErrorCode::kCorruptData,
          fmt::format("{} has two quantisation states; save the quantised model again", state->weight));
    }
  }
  return found;
}

std::vector<bool> is_part(std::size_t tensors, const PartsOf& found) {
  std::vector<bool> part(tensors, false);
  for (const auto& [codes, parts] : found) {
    for (const std::size_t i : {parts.state, parts.scales, parts.map}) part[i] = true;
    if (parts.nested_scales) part[*parts.nested_scales] = true;
    if (parts.nested_map) part[*parts.nested_map] = true;
  }
  return part;
}

}  // namespace

bool holds_four_bit(std::span<const tensor::TensorInfo> catalogue) {
  return std::ranges::any_of(catalogue,
                             [](const tensor::TensorInfo& info) { return owner_of(info.name).has_value(); });
}

Result<SplitCatalogue> split_four_bit(std::span<const tensor::TensorInfo> catalogue) {
  SLIPWAY_TRY(refuse_int8(catalogue));
  Names names;
  for (std::size_t i = 0; i < catalogue.size(); ++i) names.emplace(catalogue[i].name, i);
  SLIPWAY_ASSIGN(const PartsOf found, find_parts(catalogue, names));
  const std::vector<bool> part = is_part(catalogue.size(), found);
  SplitCatalogue split;
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    const auto at = found.find(i);
    if (part[i] && at != found.end())
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{} is a weight and a part of another one; save the quantised model again",
                              catalogue[i].name));
    if (part[i]) continue;
    if (const auto owner = owner_of(catalogue[i].name)) return missing(*owner, ".quant_state");
    split.kept.push_back(i);
    split.parts.push_back(at == found.end() ? std::nullopt : std::optional(at->second));
  }
  return split;
}

}  // namespace slipway::transform
