// transform/merge/merge_plan.h - which tensors a merge gives, and what each is made of.
//
// Contract   Pure: names, shapes and adapter_config.json decide; no tensor byte is read. Every tensor of the
//            adapter is used, and every module that it names is in the base, or the plan is refused with the
//            list. The base's tensors keep their order; what the base does not store (the output embeddings
//            of a tied model that lose their tie, the input's copies beside them) comes last.
// Threads    value
// Errors     kCorruptData: shapes, names, ranks that do not fit; kUnsupported: forms that are not merged
// Source     docs/format/merge.md
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "slipway/result.h"
#include "slipway/tensor_source.h"
#include "transform/merge/adapter_config.h"
#include "transform/merge/base_config.h"

namespace slipway::transform {

// A matrix inside of an adapter's tensor: its element (i, k) stands at begin + i * step + k * rank_step, of
// block e another e * block_step behind that.
struct Strided {
  std::size_t tensor = 0;
  std::uint64_t begin = 0;
  std::uint64_t step = 1;
  std::uint64_t rank_step = 1;
  std::uint64_t block_step = 0;
};

// W += scale * left * right, for each of `blocks` equal parts of W's rows.
struct LowRank {
  Strided left{};   // over the rows of a block
  Strided right{};  // over the columns
  std::uint64_t rank = 0;
  std::uint64_t blocks = 1;
  float scale = 1;
  bool stacked = false;       // the matrices of other tensors' experts lie in the same two
  bool rounds_twice = false;  // to W's type before the sum, as peft does it for this kind of module
  bool again = false;         // and peft adds it once more: the output projection of MultiheadAttention
};

// W is scaled to a length that was learned, of each row or of each column.
struct Magnitude {
  std::size_t tensor = 0;
  bool of_columns = false;
};

struct AddedBias {
  std::size_t tensor = 0;
  float scale = 1;
};

struct TakenRow {
  std::uint64_t row = 0;
  std::size_t tensor = 0;
  std::uint64_t from = 0;  // row of `tensor`
  bool operator==(const TakenRow&) const = default;
};

struct MergedTensor {
  tensor::TensorInfo info{};
  std::string module{};                      // "" for a tensor that stays
  std::optional<std::size_t> base{};         // it begins as this one of the base,
  std::optional<std::size_t> replacement{};  // or as this one of the adapter
  std::optional<LowRank> low_rank{};
  // Or one of each of as many equal parts of the rows: experts that were trained one by one, in a stack.
  std::vector<std::optional<LowRank>> parts{};
  std::optional<Magnitude> magnitude{};
  std::optional<AddedBias> bias{};
  std::vector<TakenRow> rows_taken{};  // by row
  bool resized = false;                // the base's numbers, cut or with zeros behind them
  // As a matrix: what stands in front of the last dimension of a matrix, behind the first of a convolution.
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;

  bool stays() const {
    return !replacement && !low_rank && !magnitude && !bias && rows_taken.empty() && parts.empty() &&
           !resized;
  }
};

struct MergePlan {
  std::vector<MergedTensor> tensors{};
  std::optional<std::uint64_t> vocabulary_rows{};  // where the embeddings have another number than the base's
  // What a classifier's head gives that the adapter brings, where the base has none (whose head over words is
  // then gone) or one of another number.
  std::optional<std::uint64_t> labels{};
  std::string head_class{};  // then: "ForSequenceClassification", or the whole name of the model's class
  // The type of a model that transformers 4 runs otherwise, now that its tie parts.
  std::string scaled_by_tie{};
};

Result<MergePlan> plan_merge(std::span<const tensor::TensorInfo> base,
                             std::span<const tensor::TensorInfo> adapter, const AdapterConfig& config,
                             const BaseConfig& of_base);

}  // namespace slipway::transform
