#include "transform/merge/ties.h"

#include <algorithm>

#include <fmt/format.h>

#include "slipway/safetensors.h"
#include "transform/cast.h"
#include "transform/merge/low_rank_forms.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;

std::unexpected<Error> lie(std::string message) { return fail(ErrorCode::kCorruptData, std::move(message)); }

void give_shape(MergedTensor& merged, const Shape& shape) {
  merged.info.shape = shape;
  merged.info.size_bytes =
      tensor::tensor_size_bytes({merged.info.name, merged.info.dtype, merged.info.shape});
  view_as_matrix(merged);
}

bool is_only_longer(const Shape& was, const Shape& full) {
  return was.size() == full.size() && !was.empty() &&
         std::equal(was.begin() + 1, was.end(), full.begin() + 1);
}

// Trained with a head, whatever class the base says it is.
bool is_generator(const AdapterConfig& config) {
  return config.task_type == "CAUSAL_LM" || config.task_type == "SEQ_2_SEQ_LM";
}

}  // namespace

Result<void> replace_whole(MergedTensor& merged, const TensorInfo& full, std::size_t index,
                           const std::string& module, bool may_grow) {
  const Shape was = merged.info.shape;
  if (was != full.shape && !(may_grow && is_only_longer(was, full.shape))) {
    return lie(
        fmt::format("{} in {} is {} and the base's {} is {}; give the base that the adapter was "
                    "trained on with --base",
                    full.name, full.file, shape_text(full.shape), merged.info.name, shape_text(was)));
  }
  if (!is_castable(full.dtype) || !is_mergeable(merged.info.dtype)) {
    return lie(fmt::format("{} is {} in the base and {} in the adapter, and cannot be merged",
                           merged.info.name, tensor::dtype_name(merged.info.dtype),
                           tensor::dtype_name(full.dtype)));
  }
  merged.replacement = index;
  merged.module = module.empty() ? merged.info.name : module;
  give_shape(merged, full.shape);
  return {};
}

Ties::Ties(std::span<const TensorInfo> base, std::span<const TensorInfo> plain,
           std::span<const TensorInfo> adapter, const AdapterConfig& config, const BaseConfig& of_base,
           MergePlan& plan)
    : base_(base),
      adapter_(adapter),
      config_(config),
      of_base_(of_base),
      plan_(plan),
      found_(find_vocabulary(plain, of_base.headless && !is_generator(config))),
      tied_(of_base.tied || (of_base.half_tied && found_ && !found_->output)) {}

std::optional<std::size_t> Ties::find(const std::string& name) {
  if (!found_) return std::nullopt;
  if (const auto bias = found_->bias_of(name)) return bias;
  if (!found_->is_output(name)) return std::nullopt;
  if (found_->output) return found_->output;
  return tied_ ? std::optional(own_output()) : std::nullopt;
}

std::size_t Ties::own_output() {
  if (own_output_) return *own_output_;
  MergedTensor copy{.info = base_[found_->input], .base = found_->input};
  copy.info.name = found_->output_name;
  view_as_matrix(copy);
  own_output_ = plan_.tensors.size();
  plan_.tensors.push_back(std::move(copy));
  return *own_output_;
}

bool Ties::may_grow(std::size_t target) const {
  return found_ && (target == found_->input || output() == target ||
                    std::ranges::find(found_->biases, target) != found_->biases.end());
}

bool Ties::is_saved(const std::string& module) const {
  return std::ranges::any_of(config_.modules_to_save,
                             [&](const std::string& saved) { return is_last_part(module, saved); });
}

// What peft saved without being told to is the pair's; so is what grew, where only the input is in the file.
void Ties::note_full(std::size_t target, std::size_t index, const AdapterKey& key) {
  if (!found_) return;
  const bool saved = is_saved(key.module);
  const bool grown = adapter_[index].shape != base_[found_->input].shape;
  if (target == found_->input && (grown || config_.ensure_weight_tying || !saved)) of_input_ = index;
  if (output() == target && !saved) of_output_ = index;
  if (target == found_->input || output() == target) trained_apart_ = trained_apart_ || saved;
}

Result<void> Ties::follow() {
  if (!found_ || !tied_) return {};
  const auto head = output();
  if (of_input_ && head && !at(*head).replacement)
    SLIPWAY_TRY(replace_whole(at(*head), adapter_[*of_input_], *of_input_, "", true));
  if (of_output_ && !at(found_->input).replacement)
    SLIPWAY_TRY(replace_whole(at(found_->input), adapter_[*of_output_], *of_output_, "", true));
  return {};
}

Result<void> Ties::settle() {
  if (!found_) return {};
  if (plan_.labels) {
    SLIPWAY_TRY(check_rows());
    drop_output();
    return {};
  }
  part_changed_input();
  share_rows();
  SLIPWAY_TRY(check_rows());
  SLIPWAY_TRY(grow_biases());
  const bool apart = parted();
  if (apart) SLIPWAY_TRY(refuse_to_part());
  write_copies(apart);
  if (apart) write_biases();
  if (own_output_) put_prefix();
  return {};
}

// LoRA on the input embeddings of a tied model leaves its head as it was.
void Ties::part_changed_input() {
  const bool own_change = at(found_->input).low_rank || (at(found_->input).replacement && !of_input_);
  if (!tied_ || !own_change || output() || found_->output_name.empty()) return;
  MergedTensor& copy = at(own_output());
  const MergedTensor& input = at(found_->input);
  if (!input.replacement || !(of_input_ || of_output_)) return;
  copy.replacement = input.replacement;
  copy.module = copy.info.name;
  give_shape(copy, input.info.shape);
}

// Trained rows are the head's as well, unless it has its own.
void Ties::share_rows() const {
  const auto head = output();
  const MergedTensor& input = at(found_->input);
  if (!tied_ || !head || *head == found_->input || !at(*head).rows_taken.empty()) return;
  at(*head).rows_taken = input.rows_taken;
  if (at(*head).module.empty()) at(*head).module = input.module;
}

Result<void> Ties::check_rows() {
  const MergedTensor& input = at(found_->input);
  const auto head = plan_.labels ? std::nullopt : output();
  const bool input_grew = input.info.shape != base_[found_->input].shape;
  const auto& was = base_[found_->output.value_or(found_->input)].shape;
  const bool head_grew = head && at(*head).info.shape != was;
  if (input_grew) plan_.vocabulary_rows = input.rows;
  if (!(input_grew || head_grew) || !head || at(*head).rows == input.rows) return {};
  return lie(
      fmt::format("{} has {} rows after the merge and {} has {}; save the adapter with both "
                  "(save_embedding_layers=True; where one of them has LoRA, name both in target_modules)",
                  input.info.name, input.rows, at(*head).info.name, at(*head).rows));
}

std::optional<std::size_t> Ties::bias_of_adapter() const {
  for (const std::size_t place : found_->biases)
    if (const auto whole = at(place).replacement;
        whole && adapter_[*whole].shape.back() == *plan_.vocabulary_rows)
      return whole;
  return std::nullopt;
}

// A number for each token: what the adapter holds, else the base's with zeros behind them, as transformers
// grows them.
Result<void> Ties::grow_biases() const {
  if (!plan_.vocabulary_rows) return {};
  for (const std::size_t place : found_->biases) {
    MergedTensor& bias = at(place);
    if (bias.info.shape.back() == *plan_.vocabulary_rows) continue;
    if (const auto other = bias_of_adapter(); other && bias.info.shape.size() == 1) {
      SLIPWAY_TRY(replace_whole(bias, adapter_[*other], *other, "", true));
      continue;
    }
    if (bias.replacement || !is_mergeable(bias.info.dtype))
      return lie(fmt::format("{} has {} numbers after the merge and {} has {} rows; save the adapter again",
                             bias.info.name, bias.info.shape.back(), found_->input_name,
                             *plan_.vocabulary_rows));
    Shape shape = bias.info.shape;
    shape.back() = *plan_.vocabulary_rows;
    give_shape(bias, shape);
    bias.resized = true;
    bias.module = bias.info.name;
  }
  return {};
}

bool Ties::parted() const {
  const auto head = output();
  if (!tied_ || !head) return false;
  const MergedTensor& in = at(found_->input);
  const MergedTensor& out = at(*head);
  const bool other_whole =
      in.replacement != out.replacement && (trained_apart_ || !in.replacement || !out.replacement);
  return other_whole || in.low_rank || out.low_rank || in.rows_taken != out.rows_taken;
}

Result<void> Ties::refuse_to_part() {
  if (of_base_.scaled_by_tie.empty()) return {};
  if (of_base_.scale_is_said) {
    plan_.scaled_by_tie = of_base_.scaled_by_tie;
    return {};
  }
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("the merge makes {} and {} two matrices, and loaders that read of a {} that they are not "
                  "one leave out the scaling of the decoder's outputs with which it was trained; publish the "
                  "adapter without --merge",
                  found_->input_name, found_->output_name, of_base_.scaled_by_tie));
}

void Ties::drop_output() {
  const auto head = output();
  if (head) plan_.tensors.erase(plan_.tensors.begin() + static_cast<std::ptrdiff_t>(*head));
}

// Encoder and decoder hold the matrix that was shared: files that store it thrice get it thrice, and classes
// that no longer tie load it from there.
void Ties::write_copies(bool parted) {
  if (!tied_) return;
  for (const std::string& name : found_->copies) {
    const MergedTensor input = at(found_->input);
    const auto stored = std::ranges::find(base_, name, &TensorInfo::name);
    const auto place = static_cast<std::size_t>(stored - base_.begin());
    MergedTensor copy = input;
    copy.info.name = name;
    if (!copy.module.empty()) copy.module = name.substr(0, name.rfind('.'));
    if (stored != base_.end() && at(place).stays() && !input.stays())
      at(place) = std::move(copy);
    else if (stored == base_.end() && parted && found_->copies_load_alone)
      plan_.tensors.push_back(std::move(copy));
  }
}

// A head that is tied takes its bias from the class around it, one that is not loads it by its own name.
void Ties::write_biases() {
  if (!found_->own_bias) return;
  for (const std::string& name : found_->bias_names) {
    if (std::ranges::find(plan_.tensors, name, [](const MergedTensor& one) { return one.info.name; }) !=
        plan_.tensors.end())
      continue;
    MergedTensor copy = at(*found_->own_bias);
    copy.info.name = name;
    if (!copy.module.empty()) copy.module = name;
    plan_.tensors.push_back(std::move(copy));
  }
}

bool Ties::is_of_head(const std::string& name) const {
  const auto head = output();
  if (head && at(*head).info.name == name) return true;
  return std::ranges::any_of(found_->biases, [&](std::size_t bias) { return at(bias).info.name == name; });
}

// Loaders add the prefix to a bare model's names only where no head stands beside them.
void Ties::put_prefix() const {
  if (found_->prefix.empty()) return;
  for (MergedTensor& one : plan_.tensors)
    if (one.base && !is_of_head(one.info.name)) one.info.name = found_->prefix + one.info.name;
}

}  // namespace slipway::transform
