// transform/merge/vocabulary.h - what of a base has a row or a number for each token.
//
// Contract   Names decide, and whether the base's class has a head at all: the input embeddings, the output
//            embeddings as the files call them, the biases of the head, and the further names that the input
//            embeddings of an encoder-decoder have.
// Threads    value
// Source     docs/format/merge.md#ties-and-vocabularies
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/tensor_source.h"

namespace slipway::transform {

struct Vocabulary {
  std::string input_name{};
  std::string output_name{};              // "" where the base has no head
  std::size_t input = 0;                  // in the catalogue
  std::optional<std::size_t> output{};    // the same; nullopt for most tied models
  std::vector<std::size_t> biases{};      // of the head, in the catalogue: one number for each token
  std::vector<std::string> bias_names{};  // what the head's own may be called,
  std::optional<std::size_t> own_bias{};  // and the one that is stored
  std::vector<std::string> copies{};      // the input's other names: "model.encoder.embed_tokens.weight"
  bool copies_load_alone = false;         // a class that does not tie loads each of them from the file
  std::string prefix{};                   // what names must begin with once a head stands beside them

  // Classes and files put other words in front of the head: "lm_head" is "language_model.lm_head".
  bool is_output(std::string_view name) const;
  // BERT's `cls.predictions.decoder.bias` is stored as `cls.predictions.bias`; nullopt: it is no such bias.
  std::optional<std::size_t> bias_of(std::string_view name) const;
};

// nullopt: the layout is not known.
std::optional<Vocabulary> find_vocabulary(std::span<const tensor::TensorInfo> catalogue, bool headless);

}  // namespace slipway::transform
