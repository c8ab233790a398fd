// transform/merge/ties.h - input and output embeddings of a merge: which follows which, and where they part.
//
// Contract   Of a tied base the two are one matrix until the adapter changes one of them: then both are
//            written. What peft saved without being told to (resized embeddings, the layer below a LoRA) is
//            the pair's, what modules_to_save names is the module's own. Everything that has a row for each
//            token has the same number of rows in the end.
// Threads    value; the plan and the spans must outlive it
// Errors     kCorruptData: rows that no file holds; kUnsupported: classes that run otherwise once parted
// Source     docs/format/merge.md#ties-and-vocabularies
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "slipway/result.h"
#include "transform/merge/adapter_config.h"
#include "transform/merge/adapter_keys.h"
#include "transform/merge/base_config.h"
#include "transform/merge/merge_plan.h"
#include "transform/merge/vocabulary.h"

namespace slipway::transform {

// A tensor of the adapter in the place of the base's, in the base's type.
Result<void> replace_whole(MergedTensor& merged, const tensor::TensorInfo& full, std::size_t index,
                           const std::string& module, bool may_grow);

class Ties {
 public:
  Ties(std::span<const tensor::TensorInfo> base, std::span<const tensor::TensorInfo> plain,
       std::span<const tensor::TensorInfo> adapter, const AdapterConfig& config, const BaseConfig& of_base,
       MergePlan& plan);

  // Where what the base does not store under that name goes: a head of a tied model gets a tensor of its own,
  // a bias may have another name.
  std::optional<std::size_t> find(const std::string& name);
  bool may_grow(std::size_t target) const;
  // A whole tensor of the adapter has come there.
  void note_full(std::size_t target, std::size_t index, const AdapterKey& key);
  // After all of them: what the other of a pair gets.
  Result<void> follow();
  // After all that the adapter changes.
  Result<void> settle();

 private:
  MergedTensor& at(std::size_t place) const { return plan_.tensors[place]; }
  std::optional<std::size_t> output() const { return own_output_ ? own_output_ : found_->output; }
  std::size_t own_output();
  bool is_saved(const std::string& module) const;
  void part_changed_input();
  void share_rows() const;
  Result<void> check_rows();
  std::optional<std::size_t> bias_of_adapter() const;
  Result<void> grow_biases() const;
  bool parted() const;
  Result<void> refuse_to_part();
  void drop_output();
  void write_copies(bool parted);
  void write_biases();
  void put_prefix() const;
  bool is_of_head(const std::string& name) const;

  std::span<const tensor::TensorInfo> base_;
  std::span<const tensor::TensorInfo> adapter_;
  const AdapterConfig& config_;
  const BaseConfig& of_base_;
  MergePlan& plan_;
  std::optional<Vocabulary> found_;
  bool tied_;
  std::optional<std::size_t> own_output_{};
  std::optional<std::size_t> of_input_{};   // whole input embeddings that are the output's too,
  std::optional<std::size_t> of_output_{};  // and the other way round
  bool trained_apart_ = false;              // modules_to_save names one of them
};

}  // namespace slipway::transform
