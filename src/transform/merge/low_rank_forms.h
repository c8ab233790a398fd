// transform/merge/low_rank_forms.h - how the thin matrices of one module stand in its weight, by shape.
//
// Contract   Linear, transformers' Conv1D, embeddings, convolutions and stacked experts, each with its rank
//            held against the config.
// Threads    value
// Errors     kCorruptData naming the tensor that does not fit; kUnsupported
// Source     docs/format/merge.md; peft tuners/lora/layer.py
#pragma once

#include <optional>
#include <span>
#include <string>

#include "transform/merge/adapter_keys.h"
#include "transform/merge/merge_plan.h"

namespace slipway::transform {

// The tensors that an adapter has for one module, as indices into its catalogue.
struct LoraParts {
  std::optional<std::size_t> a{};
  std::optional<std::size_t> b{};
  std::optional<std::size_t> bias{};
  std::optional<std::size_t> embedding_a{};
  std::optional<std::size_t> embedding_b{};
  std::optional<std::size_t> magnitude{};

  Result<void> take(KeyRole role, std::size_t index, const tensor::TensorInfo& info);
  // Two matrices, of one kind.
  Result<void> check_whole(const std::string& module, std::span<const tensor::TensorInfo> adapter) const;
};

struct FormContext {
  const std::string& module;  // as patterns are held against it
  std::span<const tensor::TensorInfo> adapter;
  const AdapterConfig& config;
  bool turned = false;                      // of a square matrix: it is stored as [in, out]
  std::optional<bool> experts_turned = {};  // the same of stacks of experts; nullopt: not known
};

// What a merge can be stored as.
bool is_mergeable(tensor::Dtype dtype);

using Shape = std::vector<std::uint64_t>;
std::string shape_text(const Shape& shape);  // "[4096, 64]"

// Sets rows and columns.
void view_as_matrix(MergedTensor& merged);

// Whether a matrix is stored as [in, out]; nullopt where shapes do not tell, or do not fit.
std::optional<bool> is_turned(const Shape& weight, const Shape& a, const Shape& b);
// Of a parameter of one or several experts, either way round.
bool fits_parameter(const Shape& parameter, const Shape& a, const Shape& b);

// One expert's part of a stacked parameter of `shape`, stored by itself: its rows from `row`.
struct ExpertSlice {
  std::size_t tensor = 0;
  std::uint64_t expert = 0;
  std::uint64_t row = 0;
};

Result<void> put_low_rank(const FormContext& context, const LoraParts& parts, MergedTensor& merged);
Result<void> put_parameter(const FormContext& context, const LoraParts& parts, MergedTensor& merged);
Result<void> put_slice(const FormContext& context, const LoraParts& parts, const Shape& shape,
                       const ExpertSlice& slice, MergedTensor& merged);

}  // namespace slipway::transform
