#include "release/outline_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "transform/tied.h"

namespace slipway::release {
namespace {

// What classes call the norm behind their last layer.
constexpr auto kLastNorms =
    std::to_array<std::string_view>({"norm", "final_layernorm", "final_layer_norm", "final_norm",
                                     "embedding_norm", "layer_norm", "ln_f", "norm_f"});
// Embeddings that are projected to the width of the layers.
constexpr auto kOtherWidths = std::to_array<std::string_view>({"word_embed_proj_dim", "embedding_size"});

std::unexpected<Error> lie(std::string message) { return fail(ErrorCode::kCorruptData, std::move(message)); }

class OutlineCheck {
 public:
  OutlineCheck(std::span<const tensor::TensorInfo> catalogue, const transform::Embeddings& found,
               const json::Value& config)
      : catalogue_(catalogue), found_(found), config_(config) {
    for (const tensor::TensorInfo& info : catalogue) note(info);
  }

  Result<void> run(std::optional<std::uint64_t> count) const {
    SLIPWAY_TRY(refuse_missing_input());
    SLIPWAY_TRY(refuse_width());
    if (layers_.empty()) return {};
    SLIPWAY_TRY(refuse_inner_width());
    SLIPWAY_TRY(refuse_missing_norm());
    SLIPWAY_TRY(refuse_lost_parts());
    return count ? refuse_more_layers(*count) : Result<void>();
  }

 private:
  void note(const tensor::TensorInfo& info) {
    const std::string_view name = info.name;
    names_.emplace(name);
    if (found_.layers.empty() || !name.starts_with(found_.layers)) return;
    const std::string_view rest = name.substr(found_.layers.size());
    const std::size_t end = rest.find('.', 1);
    if (!rest.starts_with('.') || end == std::string_view::npos) return;
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(rest.data() + 1, rest.data() + end, number);
    if (error == std::errc() && stop == rest.data() + end) layers_[number][rest.substr(end + 1)] = &info;
  }

  const json::Value* setting(std::string_view key) const {
    for (const json::Value* level : transform::language_levels(config_))
      if (const json::Value* value = level->find(key)) return value;
    return nullptr;
  }
  std::optional<std::uint64_t> number(std::string_view key) const {
    const json::Value* value = setting(key);
    return value == nullptr ? std::nullopt : value->as_uint();
  }

  // Another matrix that is called so is the input of a layout that is not known.
  bool has_other_input() const {
    return std::ranges::any_of(catalogue_, [this](const tensor::TensorInfo& info) {
      return info.name.contains("embed") && info.shape.size() == 2 && !info.name.starts_with(found_.layers);
    });
  }

  Result<void> refuse_missing_input() const {
    if (found_.input || transform::says_tied(config_) || has_other_input()) return {};
    return lie(fmt::format("{} is missing, so loaders would fill it with random values; save the model again",
                           found_.input_name));
  }

  Result<void> refuse_width() const {
    if (!found_.input) return {};
    if (std::ranges::any_of(kOtherWidths, [this](std::string_view key) { return setting(key) != nullptr; }))
      return {};
    const tensor::TensorInfo& info = catalogue_[*found_.input];
    for (const std::string_view key : {"hidden_size", "n_embd", "d_model"}) {
      const auto width = number(key);
      if (!width) continue;
      return info.shape.size() == 2 && info.shape[1] != *width
                 ? refuse_shape(info, info.shape[1], "columns", key, *width)
                 : Result<void>();
    }
    return {};
  }

  Result<void> refuse_inner_width() const {
    const auto& layer = layers_.begin()->second;
    const auto gate = layer.find("mlp.gate_proj.weight");
    const auto width = number("intermediate_size");
    if (gate == layer.end() || !width || gate->second->shape.size() != 2) return {};
    const std::uint64_t rows = gate->second->shape[0];
    return rows == *width ? Result<void>()
                          : refuse_shape(*gate->second, rows, "rows", "intermediate_size", *width);
  }

  static std::unexpected<Error> refuse_shape(const tensor::TensorInfo& info, std::uint64_t found,
                                             std::string_view what, std::string_view key,
                                             std::uint64_t said) {
    return lie(
        fmt::format("{} has {} {} and config.json says {} {}: no loader takes it; save model and config "
                    "together",
                    info.name, found, what, key, said));
  }

  // Classes without norms in their layers have none behind them either.
  Result<void> refuse_missing_norm() const {
    const std::string_view parent = found_.layers.substr(0, found_.layers.rfind('.'));
    const auto is_norm = [](std::string_view part) { return part.contains("norm") || part.contains("ln_"); };
    const bool normed =
        std::ranges::any_of(layers_.begin()->second, is_norm, [](const auto& one) { return one.first; });
    const bool decoder = parent.ends_with("decoder");  // encoder-decoders may end without one
    if (!normed || decoder) return {};
    const auto stands = [&](std::string_view norm) {
      return names_.contains(fmt::format("{}.{}.weight", parent, norm));
    };
    if (std::ranges::any_of(kLastNorms, stands)) return {};
    return lie(
        fmt::format("{}.{}.weight is missing, the norm behind the last layer, so loaders would fill it with "
                    "other values; save the model again",
                    parent, usual_norm(parent)));
  }

  static std::string_view usual_norm(std::string_view parent) {
    if (parent == "transformer") return "ln_f";
    if (parent == "backbone") return "norm_f";
    return parent == "gpt_neox" ? "final_layer_norm" : "norm";
  }

  // Where two of these stand, the third does, in one layer at least: some share keys and values (Gemma 4).
  Result<void> refuse_lost_parts() const {
    SLIPWAY_TRY(refuse_lost({"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}));
    const auto& first = layers_.begin()->second;
    const bool gated = first.contains("mlp.gate_proj.weight") && first.contains("mlp.up_proj.weight");
    return gated ? refuse_lost({"mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"}) : Result<void>();
  }

  Result<void> refuse_lost(const std::array<const char*, 3>& modules) const {
    std::vector<std::string> lost;
    for (const char* module : modules) {
      std::string part = fmt::format("{}.weight", module);
      const auto has_it = [&part](const auto& layer) { return layer.second.contains(part); };
      if (std::ranges::none_of(layers_, has_it)) lost.push_back(std::move(part));
    }
    if (lost.size() != 1) return {};
    return lie(
        fmt::format("{}.{}.{} is missing, in every layer, where its neighbours stand, so loaders would fill "
                    "it with random values; save the model again",
                    found_.layers, layers_.begin()->first, lost.front()));
  }

  // Heads that predict further tokens stand behind the last layer and have another form.
  Result<void> refuse_more_layers(std::uint64_t count) const {
    const auto last = count == 0 ? layers_.end() : layers_.find(count - 1);
    const auto extra = layers_.find(count);
    if (last == layers_.end() || extra == layers_.end()) return {};
    const auto part = [](const auto& one) { return one.first; };
    if (!std::ranges::equal(last->second, extra->second, {}, part, part)) return {};
    return lie(fmt::format(
        "{}.{} is stored and config.json says {} layers, so loaders would leave it out; save model "
        "and config together",
        found_.layers, count, count));
  }

  std::span<const tensor::TensorInfo> catalogue_;
  const transform::Embeddings& found_;
  const json::Value& config_;
  std::set<std::string, std::less<>> names_{};
  std::map<std::uint64_t, std::map<std::string_view, const tensor::TensorInfo*>>
      layers_{};  // by number and part
};

}  // namespace

Result<void> check_outline(std::span<const tensor::TensorInfo> catalogue, const transform::Embeddings& found,
                           const json::Value& config, std::optional<std::uint64_t> layers) {
  if (config.find("auto_map") != nullptr || config.find("block_configs") != nullptr) return {};
  return OutlineCheck(catalogue, found, config).run(layers);
}

}  // namespace slipway::release
