// transform/merge/merged_source.h - a base with a LoRA adapter merged into it, tensor by tensor as they are
// read.
//
// Contract   What peft's merge_and_unload gives, up to the order of sums inside of a product: W and the
//            change in F32, one rounding at the end (two where peft has two: embeddings and parameters of
//            experts). Made in tiles of whole rows that lie where the tensor says, not where the reader asks,
//            so the bytes are the same however it is read, on every CPU. What the adapter does not change is
//            the base's bytes.
// Limits     memory: the two matrices of a tensor in F32 for each reader, kTileElements of F32 thrice for
//            each, and kKeptBytes of either kept for the next read
// Threads    share freely
// Errors     those of both sources; kCorruptData: a row of length 0 that DoRA would have to scale
// Source     docs/format/merge.md
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/cpu.h"
#include "slipway/tensor_source.h"
#include "transform/merge/merge_plan.h"
#include "transform/merge/rank_kernel.h"
#include "transform/merge/recent_cache.h"
#include "transform/merge/sum_kernel.h"

namespace slipway::transform {

inline constexpr std::size_t kTileElements = 256u << 10;
inline constexpr std::uint64_t kKeptBytes = 48u << 20;

struct ModuleChange {
  std::size_t place = 0;  // in the catalogue
  std::string module{};
  std::string tensor{};
  Change change{};        // of the tiles that were read
  bool complete = false;  // they all were
};

class MergedSource final : public tensor::TensorSource {
 public:
  using Source = std::shared_ptr<const tensor::TensorSource>;
  MergedSource(Source base, Source adapter, MergePlan plan, const Cpu& cpu);

  std::span<const tensor::TensorInfo> catalogue() const override { return catalogue_; }
  Result<void> read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const override;
  Result<void> prepare(std::size_t) const override { return {}; }
  ContentPtr extent(std::size_t tensor) const override;

  // How much each module has changed, in the plan's order; only what was read since, or recalled.
  std::vector<ModuleChange> changes() const;
  // What an earlier reading of all of a tensor saw; false, and nothing is taken, where it cannot be of this
  // one.
  bool recall(std::size_t tensor, const Change& change) const;

 private:
  struct Tiling {
    std::uint64_t rows_of_block = 0;
    std::uint64_t tile_rows = 0;
    std::uint64_t tiles_of_block = 0;
  };
  struct Place {  // rows of a tensor, all of one block
    std::uint64_t block = 0;
    std::uint64_t row = 0;  // of the block
    std::uint64_t rows = 0;
  };
  using Floats = std::vector<float>;
  using Key = std::pair<std::size_t, std::uint64_t>;  // tensor and tile, or tensor and block

  static Tiling tiling_of(const MergedTensor& merged);
  const LowRank* low_of(std::size_t tensor, std::uint64_t block) const;  // null: the block stays
  Place place_of(std::size_t tensor, std::uint64_t tile) const;
  Result<ByteVector> make_tile(std::size_t tensor, std::uint64_t tile) const;
  Result<ByteVector> stored_rows(std::size_t tensor, const Place& place) const;
  std::uint64_t first_element(std::size_t tensor, const Place& place) const;
  Result<Floats> summed_rows(std::size_t tensor, const Place& place, Bytes before) const;
  Result<Floats> changed_rows(std::size_t tensor, const Place& place, Bytes before) const;
  Result<Floats> product_of(std::size_t tensor, const Place& place) const;
  void add(const Floats& change, Floats& weight) const;
  Result<void> put_lengths(std::size_t tensor, const Place& place, Floats& weight) const;
  Result<std::shared_ptr<const Floats>> column_factors(std::size_t tensor) const;
  Result<void> add_bias(std::size_t tensor, const Place& place, Floats& weight) const;
  Result<void> take_rows(std::size_t tensor, const Place& place, Floats& weight) const;
  Result<std::shared_ptr<const RankFactors>> factors_of(std::size_t tensor, std::uint64_t block) const;
  template <class Use>
  Result<void> with_floats(std::size_t index, bool keep, Use use) const;

  Source base_;
  Source adapter_;
  MergePlan plan_;
  Cpu cpu_;
  std::vector<tensor::TensorInfo> catalogue_{};
  std::vector<Tiling> tilings_{};
  mutable RecentCache<Key, ByteVector> tiles_{kKeptBytes};
  mutable RecentCache<Key, RankFactors> factors_{kKeptBytes};
  mutable RecentCache<std::size_t, Floats> stacked_{kKeptBytes};  // matrices of all experts in one
  mutable RecentCache<std::size_t, Floats> columns_{kKeptBytes};
  mutable std::mutex mutex_{};
  mutable std::map<std::size_t, std::map<std::uint64_t, Change>> changes_{};  // by tensor and tile
  mutable std::map<std::size_t, Change> recalled_{};                          // by tensor
};

}  // namespace slipway::transform
