#include "transform/merge/new_head.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "slipway/safetensors.h"
#include "transform/cast.h"
#include "transform/merge/low_rank_forms.h"

namespace slipway::transform {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTasks[] = {{"SEQ_CLS", "ForSequenceClassification"},
                                                                    {"TOKEN_CLS", "ForTokenClassification"},
                                                                    {"QUESTION_ANS", "ForQuestionAnswering"}};

// What models call the layer that gives the labels.
constexpr auto kOutputs = std::to_array<std::string_view>(
    {"classifier", "cls_classifier", "logits_proj", "out_proj", "qa_outputs", "score"});

// What stands first in the names of heads that predict words or what replaced them.
constexpr auto kOldHeads = std::to_array<std::string_view>(
    {"cls", "discriminator_predictions", "embed_out", "final_logits_bias", "generator_lm_head",
     "generator_predictions", "lm_head", "lm_loss", "lm_predictions", "mlm_head", "pred_layer", "predictions",
     "sop_classifier", "vocab_layer_norm", "vocab_projector", "vocab_transform"});
// ModernBERT's; encoder-decoders have a decoder of layers.
constexpr auto kOldTensors = std::to_array<std::string_view>({"decoder.bias", "decoder.weight"});
// Poolers that a model with such a head is made without.
constexpr std::pair<std::string_view, std::string_view> kUnusedPoolers[] = {
    {"albert.pooler.", "ForQuestionAnswering"},      {"albert.pooler.", "ForTokenClassification"},
    {"deit.pooler.", "ForImageClassification"},      {"bert.pooler.", "ForTokenClassification"},
    {"bert.pooler.", "ForQuestionAnswering"},        {"roberta.pooler.", "ForTokenClassification"},
    {"roberta.pooler.", "ForQuestionAnswering"},     {"vit.pooler.", "ForImageClassification"},
    {"roberta.pooler.", "ForSequenceClassification"}};

using Layers = std::vector<const MergedTensor*>;

std::string_view last_word(std::string_view module) { return module.substr(module.rfind('.') + 1); }

bool is_output_by_name(const MergedTensor* layer) {
  return std::ranges::find(kOutputs, last_word(layer->module)) != kOutputs.end();
}

// Those for which it holds, or all where it holds for none.
template <typename Holds>
Layers narrowed(const Layers& layers, Holds holds) {
  Layers left;
  std::ranges::copy_if(layers, std::back_inserter(left), holds);
  return left.empty() ? layers : left;
}

}  // namespace

std::string head_class(const AdapterConfig& config) {
  for (const auto& [task, suffix] : kTasks)
    if (config.task_type == task) return std::string(suffix);
  const std::string& trained = config.trained_class;
  const bool gives_labels = trained.ends_with("Classification") || trained.ends_with("ForQuestionAnswering");
  return config.task_type.empty() && gives_labels ? trained : "";
}

bool is_saved_whole(std::string_view module, std::span<const std::string> saved) {
  for (std::size_t end = module.find('.');; end = module.find('.', end + 1)) {
    const std::string_view outer = module.substr(0, end);
    if (std::ranges::any_of(saved,
                            [&](const std::string& name) { return !name.empty() && outer.ends_with(name); }))
      return true;
    if (end == std::string_view::npos) return false;
  }
}

bool is_of_old_head(std::string_view name) {
  return std::ranges::find(kOldHeads, name.substr(0, name.find('.'))) != kOldHeads.end() ||
         std::ranges::find(kOldTensors, name) != kOldTensors.end();
}

Result<MergedTensor> layer_of_head(const tensor::TensorInfo& saved, const AdapterKey& key,
                                   std::span<const tensor::TensorInfo> base) {
  const auto like = std::ranges::find_if(base, is_mergeable, &tensor::TensorInfo::dtype);
  if (like == base.end() || !is_castable(saved.dtype))
    return fail(ErrorCode::kCorruptData,
                fmt::format("{} is {}, which is no weight of a classifier; save the adapter again",
                            saved.name, tensor::dtype_name(saved.dtype)));
  MergedTensor layer{.info = saved, .module = key.module};
  layer.info.name = key.module + "." + key.parameter;
  layer.info.dtype = like->dtype;
  layer.info.size_bytes = tensor::tensor_size_bytes({layer.info.name, layer.info.dtype, layer.info.shape});
  view_as_matrix(layer);
  return layer;
}

Result<std::uint64_t> labels_of(std::span<const MergedTensor* const> head) {
  Layers layers;
  std::ranges::copy_if(head, std::back_inserter(layers),
                       [](const MergedTensor* one) { return one->info.shape.size() == 2; });
  const Layers all = layers;
  layers = narrowed(layers, is_output_by_name);
  layers = narrowed(layers, [&](const MergedTensor* one) {
    return std::ranges::none_of(all, [&](const MergedTensor* other) {
      return other != one && other->info.shape[1] == one->info.shape[0];
    });
  });
  const auto same = [&](const MergedTensor* one) { return one->info.shape[0] == layers[0]->info.shape[0]; };
  if (!layers.empty() && std::ranges::all_of(layers, same)) return layers[0]->info.shape[0];
  std::vector<std::string_view> names;
  for (const MergedTensor* one : head) names.push_back(one->info.name);
  return fail(
      ErrorCode::kCorruptData,
      fmt::format("the adapter brings a head of {}, and nobody can tell by name or shape which of them "
                  "gives the labels; merge it with peft, or publish the adapter without --merge",
                  fmt::join(names, ", ")));
}

void put_prefix(const std::string& prefix, std::vector<MergedTensor>& tensors) {
  const auto has_it = [&](const MergedTensor& one) { return one.base && one.info.name.starts_with(prefix); };
  if (prefix.empty() || std::ranges::any_of(tensors, has_it)) return;
  for (MergedTensor& merged : tensors)
    if (merged.base) merged.info.name = prefix + merged.info.name;
}

void leave_old_head(std::vector<MergedTensor>& tensors) {
  std::erase_if(tensors, [&](const MergedTensor& one) { return one.base && is_of_old_head(one.info.name); });
}

void leave_pooler(std::string_view of, std::vector<MergedTensor>& tensors) {
  for (const auto& [pooler, head] : kUnusedPoolers)
    if (of.ends_with(head))
      std::erase_if(tensors,
                    [&](const MergedTensor& one) { return one.base && one.info.name.starts_with(pooler); });
}

}  // namespace slipway::transform
