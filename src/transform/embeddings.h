// transform/embeddings.h - where a language model keeps its embeddings and layers, by its layout's names.
//
// Contract   Names alone decide; a layout that is not in the table gives nothing, and then nothing is judged.
// Threads    value
// Source     docs/format/release.md#tied-weights
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "slipway/tensor_source.h"

namespace slipway::transform {

struct Embeddings {
  std::string_view input_name{};  // "model.embed_tokens.weight"
  std::string_view output_name{};
  std::string_view layers{};  // "model.layers": what stands before ".0."; "" for encoder-decoders, encoders
  std::optional<std::size_t> input{};   // in the catalogue
  std::optional<std::size_t> output{};  // in the catalogue
};

// The layout whose input embeddings are there; else the one whose output embeddings and layers are.
std::optional<Embeddings> find_embeddings(std::span<const tensor::TensorInfo> catalogue);

}  // namespace slipway::transform
