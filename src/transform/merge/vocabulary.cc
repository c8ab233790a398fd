#include "transform/merge/vocabulary.h"

#include <algorithm>
#include <array>

#include "transform/embeddings.h"
#include "transform/merge/adapter_keys.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;

constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kBias = ".bias";
constexpr std::string_view kShared = "shared.weight";
constexpr std::string_view kLogitsBias = "final_logits_bias";

// Files of a bare model, as the Hub's old ones are: the classes with a head put the prefix in front.
struct BareLayout {
  std::string_view input;
  std::string_view output;
  std::string_view prefix;
};
constexpr auto kBare = std::to_array<BareLayout>({
    {"wte.weight", "lm_head.weight", "transformer."},
    {"word_embeddings.weight", "lm_head.weight", "transformer."},
    {"decoder.embed_tokens.weight", "lm_head.weight", "model."},
    {"embed_tokens.weight", "", ""},
    {"embeddings.word_embeddings.weight", "", ""},
});

std::optional<std::size_t> find(std::span<const TensorInfo> catalogue, std::string_view name) {
  const auto at = std::ranges::find(catalogue, name, &TensorInfo::name);
  if (name.empty() || at == catalogue.end()) return std::nullopt;
  return static_cast<std::size_t>(at - catalogue.begin());
}

std::optional<Vocabulary> by_layout(std::span<const TensorInfo> catalogue) {
  if (const auto known = find_embeddings(catalogue)) {
    if (!known->input) return std::nullopt;
    return Vocabulary{.input_name = std::string(known->input_name),
                      .output_name = std::string(known->output_name),
                      .input = *known->input,
                      .output = known->output};
  }
  for (const BareLayout& bare : kBare) {
    const auto input = find(catalogue, bare.input);
    if (!input) continue;
    return Vocabulary{.input_name = std::string(bare.input),
                      .output_name = std::string(bare.output),
                      .input = *input,
                      .output = find(catalogue, bare.output),
                      .prefix = std::string(bare.prefix)};
  }
  return std::nullopt;
}

// Of encoder-decoders the shared matrix is the one; encoder and decoder have it under names of their own.
void find_copies(std::span<const TensorInfo> catalogue, Vocabulary& found) {
  constexpr std::string_view kOfDecoder = "decoder.embed_tokens.weight";
  if (found.input_name.ends_with(kOfDecoder)) {
    const std::string front = found.input_name.substr(0, found.input_name.size() - kOfDecoder.size());
    const std::string shared = front + std::string(kShared);
    const auto at = find(catalogue, shared);
    if (!at) return;
    found.input = *at;
    found.input_name = shared;
  }
  if (!is_last_part(found.input_name, kShared)) return;
  const std::string front = found.input_name.substr(0, found.input_name.size() - kShared.size());
  for (const char* stack : {"encoder", "decoder"})
    found.copies.push_back(front + stack + ".embed_tokens.weight");
  const bool of_t5 = std::ranges::any_of(
      catalogue, [](const TensorInfo& info) { return info.name.starts_with("encoder.block."); });
  found.copies_load_alone = !of_t5;
  if (front.empty() && !of_t5) found.prefix = "model.";
}

std::vector<std::string> names_of_biases(const Vocabulary& found) {
  std::vector<std::string> names;
  const std::string_view output = found.output_name;
  if (!output.ends_with(kWeight)) return names;
  const std::string_view module = output.substr(0, output.size() - kWeight.size());
  names.push_back(std::string(module) + std::string(kBias));
  if (module.ends_with(".decoder"))
    names.push_back(std::string(module.substr(0, module.rfind('.'))) + std::string(kBias));
  return names;
}

void find_biases(std::span<const TensorInfo> catalogue, Vocabulary& found) {
  const auto& rows = catalogue[found.input].shape;
  found.bias_names = names_of_biases(found);
  std::vector<std::string> names = found.bias_names;
  names.emplace_back(kLogitsBias);  // of the whole model
  for (const std::string& name : names) {
    const auto at = find(catalogue, name);
    if (!at || rows.empty()) continue;
    const auto& shape = catalogue[*at].shape;
    const bool is_row = shape.size() == 1 || (shape.size() == 2 && shape[0] == 1);
    if (!is_row || shape.back() != rows[0]) continue;
    found.biases.push_back(*at);
    if (name != kLogitsBias && !found.own_bias) found.own_bias = *at;
  }
}

}  // namespace

bool Vocabulary::is_output(std::string_view name) const {
  return !output_name.empty() && !name.empty() &&
         (is_last_part(name, output_name) || is_last_part(output_name, name));
}

std::optional<std::size_t> Vocabulary::bias_of(std::string_view name) const {
  return std::ranges::find(bias_names, name) == bias_names.end() ? std::nullopt : own_bias;
}

std::optional<Vocabulary> find_vocabulary(std::span<const TensorInfo> catalogue, bool headless) {
  auto found = by_layout(catalogue);
  if (!found) return std::nullopt;
  find_copies(catalogue, *found);
  find_biases(catalogue, *found);
  const bool is_encoder = is_last_part(found->input_name, "embeddings.word_embeddings.weight");
  const bool has_head = is_encoder ? !found->biases.empty() : !headless;
  if (!has_head && !found->output) found->output_name.clear();
  return found;
}

}  // namespace slipway::transform
