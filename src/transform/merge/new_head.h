// transform/merge/new_head.h - heads that peft saves whole, on a base that has none or one of another size.
//
// Contract   Pure, by name and shape. Which module peft saves it decides as it does: by the end of the name,
//            in the middle of a word too ("classifier" saves "pre_classifier"). What it is a head of, the
//            config says: by task_type, or by the class of the model that was trained (auto_mapping).
// Threads    value
// Errors     kCorruptData: a head whose output layer cannot be told from its other layers, or that is
//            no floats
// Source     docs/format/merge.md; peft other.py (_set_trainable)
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "transform/merge/adapter_keys.h"
#include "transform/merge/merge_plan.h"

namespace slipway::transform {

// What the name of the model's class ends with ("ForTokenClassification"), or all of it; "" for a model whose
// head gives no labels, or that is not known.
std::string head_class(const AdapterConfig& config);

// Whether one of `saved` names the module, or one that it lies in.
bool is_saved_whole(std::string_view module, std::span<const std::string> saved);

// Whether it is of a head that predicts words, or of what replaced it: "cls.predictions.bias".
bool is_of_old_head(std::string_view name);

// What the base has not, as this tensor of the adapter, in the type of the base's weights.
Result<MergedTensor> layer_of_head(const tensor::TensorInfo& saved, const AdapterKey& key,
                                   std::span<const tensor::TensorInfo> base);

// How many labels these layers of a head give: the rows of the last one.
Result<std::uint64_t> labels_of(std::span<const MergedTensor* const> head);

// Puts it before the names of the base's tensors, which a file of the bare model leaves out: no loader takes
// a head beside names without. Nothing where one of them has it.
void put_prefix(const std::string& prefix, std::vector<MergedTensor>& tensors);

// Take what a model with the new head has not: the base's head over words ("cls.predictions.bias",
// "lm_head.dense.weight"), and of some the pooler. `of` is head_class.
void leave_old_head(std::vector<MergedTensor>& tensors);
void leave_pooler(std::string_view of, std::vector<MergedTensor>& tensors);

}  // namespace slipway::transform
