#include "transform/merge/merged_source.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "transform/cast.h"
#include "transform/merge/source_floats.h"

namespace slipway::transform {

MergedSource::MergedSource(Source base, Source adapter, MergePlan plan, const Cpu& cpu)
    : base_(std::move(base)), adapter_(std::move(adapter)), plan_(std::move(plan)), cpu_(cpu) {
  for (const MergedTensor& merged : plan_.tensors) {
    tilings_.push_back(tiling_of(merged));
    catalogue_.push_back(merged.info);
    if (merged.stays()) continue;
    const std::uint64_t row_bytes = merged.columns * (tensor::dtype_bits(merged.info.dtype) / 8);
    catalogue_.back().tile_bytes = std::max<std::uint64_t>(1, tilings_.back().tile_rows * row_bytes);
  }
}

MergedSource::Tiling MergedSource::tiling_of(const MergedTensor& merged) {
  if (merged.stays() || merged.info.size_bytes == 0) return {};
  const std::uint64_t blocks =
      merged.low_rank ? merged.low_rank->blocks : std::max<std::uint64_t>(1, merged.parts.size());
  const std::uint64_t rows = merged.rows / blocks;
  const std::uint64_t tile = std::clamp<std::uint64_t>(kTileElements / merged.columns, 1, rows);
  return {.rows_of_block = rows, .tile_rows = tile, .tiles_of_block = (rows + tile - 1) / tile};
}

const LowRank* MergedSource::low_of(std::size_t tensor, std::uint64_t block) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  const auto& low = merged.parts.empty() ? merged.low_rank : merged.parts[block];
  return low ? &*low : nullptr;
}

MergedSource::Place MergedSource::place_of(std::size_t tensor, std::uint64_t tile) const {
  const Tiling& tiling = tilings_[tensor];
  const std::uint64_t row = tile % tiling.tiles_of_block * tiling.tile_rows;
  return {.block = tile / tiling.tiles_of_block,
          .row = row,
          .rows = std::min(tiling.tile_rows, tiling.rows_of_block - row)};
}

ContentPtr MergedSource::extent(std::size_t tensor) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  return merged.stays() ? base_->extent(*merged.base) : nullptr;
}

Result<void> MergedSource::read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  SLIPWAY_CHECK(offset <= merged.info.size_bytes && out.size() <= merged.info.size_bytes - offset);
  if (merged.stays()) return base_->read(*merged.base, offset, out);
  const Tiling& tiling = tilings_[tensor];
  const std::uint64_t row_bytes = merged.columns * (tensor::dtype_bits(merged.info.dtype) / 8);
  const std::uint64_t block_bytes = tiling.rows_of_block * row_bytes;
  while (!out.empty()) {
    const std::uint64_t in_block = offset % block_bytes;
    const std::uint64_t tile =
        offset / block_bytes * tiling.tiles_of_block + in_block / (tiling.tile_rows * row_bytes);
    SLIPWAY_ASSIGN_WITHIN(
        const auto bytes, fmt::format("merge {}", merged.info.name),
        tiles_.get(Key{tensor, tile}, [&]() -> Result<std::pair<ByteVector, std::uint64_t>> {
          SLIPWAY_ASSIGN(ByteVector made, make_tile(tensor, tile));
          const std::uint64_t size = made.size();
          return std::pair(std::move(made), size);
        }));
    const auto inside = static_cast<std::size_t>(in_block % (tiling.tile_rows * row_bytes));
    const std::size_t step = std::min(out.size(), bytes->size() - inside);
    std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(inside), step, out.begin());
    out = out.subspan(step);
    offset += step;
  }
  return {};
}

Result<ByteVector> MergedSource::make_tile(std::size_t tensor, std::uint64_t tile) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  const Place place = place_of(tensor, tile);
  SLIPWAY_ASSIGN(const ByteVector before, stored_rows(tensor, place));
  ByteVector after(before.size());
  Change change;
  const LowRank* low = low_of(tensor, place.block);
  const bool plain =
      low != nullptr && !low->again && !merged.replacement && !merged.magnitude && merged.rows_taken.empty();
  if (plain) {
    SLIPWAY_ASSIGN(const Floats added, product_of(tensor, place));
    const Addition how{low->scale, low->rounds_twice};
    change = store_changed(cpu_, merged.info.dtype, before, added, how, after);
  } else {
    SLIPWAY_ASSIGN(const Floats values, changed_rows(tensor, place, before));
    change = store_values(cpu_, merged.info.dtype, before, values, after);
  }
  const std::scoped_lock hold(mutex_);
  changes_[tensor][tile] = change;
  return after;
}

// The rows as the base has them; zeros where it has none of this shape.
Result<ByteVector> MergedSource::stored_rows(std::size_t tensor, const Place& place) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  const std::size_t width = tensor::dtype_bits(merged.info.dtype) / 8;
  ByteVector rows(static_cast<std::size_t>(place.rows * merged.columns) * width);
  if (merged.resized) {
    const std::uint64_t begin = first_element(tensor, place) * width;
    const std::uint64_t end = std::max(begin, base_->catalogue()[*merged.base].size_bytes);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(rows.size(), end - begin));
    if (size > 0) SLIPWAY_TRY(base_->read(*merged.base, begin, MutableBytes(rows).first(size)));
    return rows;
  }
  const bool comparable = merged.base && base_->catalogue()[*merged.base].shape == merged.info.shape;
  if (comparable) SLIPWAY_TRY(base_->read(*merged.base, first_element(tensor, place) * width, rows));
  return rows;
}

std::uint64_t MergedSource::first_element(std::size_t tensor, const Place& place) const {
  return (place.block * tilings_[tensor].rows_of_block + place.row) * plan_.tensors[tensor].columns;
}

// The rows before their lengths are put right: the base's or what replaces them, with the product added.
Result<MergedSource::Floats> MergedSource::summed_rows(std::size_t tensor, const Place& place,
                                                       Bytes before) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  Floats weight(static_cast<std::size_t>(place.rows * merged.columns));
  if (merged.replacement) {
    SLIPWAY_ASSIGN(weight,
                   read_floats(*adapter_, *merged.replacement, first_element(tensor, place), weight.size()));
    round_to(merged.info.dtype, weight);
  } else {
    CastCount count;
    cast_floats(merged.info.dtype, before, tensor::Dtype::kF32, std::as_writable_bytes(std::span(weight)),
                count);
  }
  const LowRank* low = low_of(tensor, place.block);
  if (low == nullptr) return weight;
  SLIPWAY_ASSIGN(Floats added, product_of(tensor, place));
  scale(added, low->scale);
  const Floats unrounded = low->again ? added : Floats();
  if (low->rounds_twice) round_to(merged.info.dtype, added);
  add(added, weight);
  if (!low->again) return weight;
  round_to(merged.info.dtype, weight);
  add(unrounded, weight);
  return weight;
}

void MergedSource::add(const Floats& change, Floats& weight) const {
  add_change(cpu_, tensor::Dtype::kF32, std::as_bytes(std::span(weight)), change, {}, weight);
}

Result<MergedSource::Floats> MergedSource::changed_rows(std::size_t tensor, const Place& place,
                                                        Bytes before) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  SLIPWAY_ASSIGN(Floats weight, summed_rows(tensor, place, before));
  if (merged.magnitude) SLIPWAY_TRY(put_lengths(tensor, place, weight));
  if (merged.bias) SLIPWAY_TRY(add_bias(tensor, place, weight));
  if (!merged.rows_taken.empty()) SLIPWAY_TRY(take_rows(tensor, place, weight));
  return weight;
}

Result<MergedSource::Floats> MergedSource::product_of(std::size_t tensor, const Place& place) const {
  SLIPWAY_ASSIGN(const auto factors, factors_of(tensor, place.block));
  Floats product(static_cast<std::size_t>(place.rows * plan_.tensors[tensor].columns));
  multiply(cpu_, *factors, static_cast<std::size_t>(place.row), product);
  return product;
}

Result<void> MergedSource::put_lengths(std::size_t tensor, const Place& place, Floats& weight) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  const auto columns = static_cast<std::size_t>(merged.columns);
  if (merged.magnitude->of_columns) {
    SLIPWAY_ASSIGN(const auto factors, column_factors(tensor));
    for (std::size_t row = 0; row < place.rows; ++row)
      for (std::size_t j = 0; j < columns; ++j) weight[row * columns + j] *= (*factors)[j];
    return {};
  }
  SLIPWAY_ASSIGN(const Floats lengths,
                 read_floats(*adapter_, merged.magnitude->tensor, place.row, place.rows));
  for (std::size_t row = 0; row < place.rows; ++row) {
    const std::span<float> values(weight.data() + row * columns, columns);
    const auto norm = static_cast<float>(std::sqrt(sum_of_squares(values)));
    if (norm == 0) return zero_length(merged.info.name, "row", place.row + row);
    scale(values, lengths[row] / norm);
  }
  return {};
}

// The norms of whole columns, which a tile does not see: a pass over the tensor of its own, row by row.
Result<std::shared_ptr<const MergedSource::Floats>> MergedSource::column_factors(std::size_t tensor) const {
  return columns_.get(tensor, [&]() -> Result<std::pair<Floats, std::uint64_t>> {
    const MergedTensor& merged = plan_.tensors[tensor];
    const auto columns = static_cast<std::size_t>(merged.columns);
    std::vector<double> sums(columns);
    for (std::uint64_t tile = 0; tile < tilings_[tensor].tiles_of_block; ++tile) {
      const Place place = place_of(tensor, tile);
      SLIPWAY_ASSIGN(const ByteVector before, stored_rows(tensor, place));
      SLIPWAY_ASSIGN(const Floats weight, summed_rows(tensor, place, before));
      for (std::size_t row = 0; row < place.rows; ++row)
        for (std::size_t j = 0; j < columns; ++j)
          sums[j] += static_cast<double>(weight[row * columns + j]) * weight[row * columns + j];
    }
    SLIPWAY_ASSIGN(Floats factors, read_floats(*adapter_, merged.magnitude->tensor, 0, columns));
    for (std::size_t j = 0; j < columns; ++j) {
      const auto norm = static_cast<float>(std::sqrt(sums[j]));
      if (norm == 0) return zero_length(merged.info.name, "column", j);
      factors[j] /= norm;
    }
    return std::pair(std::move(factors), columns * sizeof(float));
  });
}

Result<void> MergedSource::add_bias(std::size_t tensor, const Place& place, Floats& weight) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  const AddedBias& bias = *merged.bias;
  SLIPWAY_ASSIGN(Floats added,
                 read_floats(*adapter_, bias.tensor, place.row * merged.columns, weight.size()));
  scale(added, bias.scale);
  add(added, weight);
  return {};
}

Result<void> MergedSource::take_rows(std::size_t tensor, const Place& place, Floats& weight) const {
  const MergedTensor& merged = plan_.tensors[tensor];
  const auto columns = static_cast<std::size_t>(merged.columns);
  for (const TakenRow& taken : merged.rows_taken) {
    if (taken.row < place.row || taken.row >= place.row + place.rows) continue;
    SLIPWAY_ASSIGN(Floats row, read_floats(*adapter_, taken.tensor, taken.from * merged.columns, columns));
    std::ranges::copy(row, weight.begin() + static_cast<std::ptrdiff_t>((taken.row - place.row) * columns));
  }
  return {};
}

// The matrices of all experts lie in one tensor, which every block needs again.
template <class Use>
Result<void> MergedSource::with_floats(std::size_t index, bool keep, Use use) const {
  if (!keep) {
    SLIPWAY_ASSIGN(const Floats floats, read_all_floats(*adapter_, index));
    use(floats);
    return {};
  }
  SLIPWAY_ASSIGN(const auto floats, stacked_.get(index, [&]() -> Result<std::pair<Floats, std::uint64_t>> {
    SLIPWAY_ASSIGN(Floats all, read_all_floats(*adapter_, index));
    const std::uint64_t size = all.size() * sizeof(float);
    return std::pair(std::move(all), size);
  }));
  use(*floats);
  return {};
}

Result<std::shared_ptr<const RankFactors>> MergedSource::factors_of(std::size_t tensor,
                                                                    std::uint64_t block) const {
  return factors_.get(Key{tensor, block}, [&]() -> Result<std::pair<RankFactors, std::uint64_t>> {
    const MergedTensor& merged = plan_.tensors[tensor];
    const LowRank& low = *low_of(tensor, block);
    const std::uint64_t inside = merged.parts.empty() ? block : 0;
    RankFactors factors{.rows = static_cast<std::size_t>(tilings_[tensor].rows_of_block),
                        .rank = static_cast<std::size_t>(low.rank),
                        .columns = static_cast<std::size_t>(merged.columns)};
    SLIPWAY_TRY(with_floats(low.left.tensor, low.blocks > 1,
                            [&](const Floats& floats) { pack_left(floats, low.left, inside, factors); }));
    SLIPWAY_TRY(with_floats(low.right.tensor, low.blocks > 1,
                            [&](const Floats& floats) { pack_right(floats, low.right, inside, factors); }));
    const std::uint64_t size = factors.size_bytes();
    return std::pair(std::move(factors), size);
  });
}

std::vector<ModuleChange> MergedSource::changes() const {
  const std::scoped_lock hold(mutex_);
  std::map<std::size_t, Change> sums = recalled_;
  for (const auto& [tensor, tiles] : changes_) {
    if (recalled_.contains(tensor)) continue;
    for (const auto& [tile, change] : tiles) sums[tensor].add(change);
  }
  std::vector<ModuleChange> found;
  for (const auto& [tensor, change] : sums) {
    const MergedTensor& merged = plan_.tensors[tensor];
    found.push_back({.place = tensor,
                     .module = merged.module,
                     .tensor = merged.info.name,
                     .change = change,
                     .complete = change.elements == merged.rows * merged.columns});
  }
  return found;
}

bool MergedSource::recall(std::size_t tensor, const Change& change) const {
  if (tensor >= plan_.tensors.size() || plan_.tensors[tensor].stays()) return false;
  const MergedTensor& merged = plan_.tensors[tensor];
  if (change.elements != merged.rows * merged.columns || change.unchanged > change.elements) return false;
  const std::scoped_lock hold(mutex_);
  recalled_[tensor] = change;
  return true;
}

}  // namespace slipway::transform
