#include "transform/embeddings.h"

#include <algorithm>
#include <array>

namespace slipway::transform {
namespace {

struct Layout {
  std::string_view input;
  std::string_view output;
  std::string_view layers;
  std::string_view beside = "";  // only where this tensor is there too
};
constexpr auto kLayouts = std::to_array<Layout>({
    {"model.embed_tokens.weight", "lm_head.weight", "model.layers"},
    {"model.language_model.embed_tokens.weight", "lm_head.weight", "model.language_model.layers"},
    {"language_model.model.embed_tokens.weight", "language_model.lm_head.weight",
     "language_model.model.layers"},
    {"model.text_model.embed_tokens.weight", "lm_head.weight", "model.text_model.layers"},
    // Whisper and Moonshine hear before they read.
    {"model.decoder.embed_tokens.weight", "proj_out.weight", "model.decoder.layers",
     "model.encoder.conv1.weight"},
    {"model.decoder.embed_tokens.weight", "lm_head.weight", "model.decoder.layers"},
    {"transformer.wte.weight", "lm_head.weight", "transformer.h"},
    {"transformer.word_embeddings.weight", "lm_head.weight", "transformer.h"},
    {"gpt_neox.embed_in.weight", "embed_out.weight", "gpt_neox.layers"},
    {"backbone.embeddings.weight", "lm_head.weight", "backbone.layers"},
    {"backbone.embedding.weight", "lm_head.weight", "backbone.layers"},
    {"model.shared.weight", "lm_head.weight", ""},
    {"led.shared.weight", "lm_head.weight", ""},
    {"shared.weight", "lm_head.weight", ""},
    // Encoders, whose layers nobody checks.
    {"bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight", ""},
    {"roberta.embeddings.word_embeddings.weight", "lm_head.decoder.weight", ""},
    {"mpnet.embeddings.word_embeddings.weight", "lm_head.decoder.weight", ""},
    {"distilbert.embeddings.word_embeddings.weight", "vocab_projector.weight", ""},
    {"electra.embeddings.word_embeddings.weight", "generator_lm_head.weight", ""},
    {"albert.embeddings.word_embeddings.weight", "predictions.decoder.weight", ""},
});

std::optional<std::size_t> find(std::span<const tensor::TensorInfo> catalogue, std::string_view name) {
  const auto at = std::ranges::find(catalogue, name, &tensor::TensorInfo::name);
  if (at == catalogue.end()) return std::nullopt;
  return static_cast<std::size_t>(at - catalogue.begin());
}

bool has_layers(std::span<const tensor::TensorInfo> catalogue, std::string_view layers) {
  return !layers.empty() && std::ranges::any_of(catalogue, [&](const tensor::TensorInfo& info) {
    return info.name.starts_with(layers) && info.name.substr(layers.size()).starts_with(".0.");
  });
}

bool applies(std::span<const tensor::TensorInfo> catalogue, const Layout& layout) {
  return layout.beside.empty() || find(catalogue, layout.beside);
}

Embeddings embeddings_of(std::span<const tensor::TensorInfo> catalogue, const Layout& layout) {
  return {layout.input, layout.output, layout.layers, find(catalogue, layout.input),
          find(catalogue, layout.output)};
}

}  // namespace

std::optional<Embeddings> find_embeddings(std::span<const tensor::TensorInfo> catalogue) {
  for (const Layout& layout : kLayouts) {
    if (!applies(catalogue, layout)) continue;
    const Embeddings found = embeddings_of(catalogue, layout);
    if (found.input) return found;
  }
  for (const Layout& layout : kLayouts) {
    if (!applies(catalogue, layout)) continue;
    const Embeddings found = embeddings_of(catalogue, layout);
    if (found.output && has_layers(catalogue, layout.layers)) return found;
  }
  return std::nullopt;
}

}  // namespace slipway::transform
