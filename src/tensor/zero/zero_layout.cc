#include "tensor/zero/zero_layout.h"

#include <algorithm>

#include <fmt/format.h>

#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::kCorruptData, message + ": copy the whole checkpoint, all files of one save");
}

struct Sized {
  PiecedTensor tensor{};
  std::uint64_t elements = 0;
};

Result<Sized> sized(const ZeroParameter& parameter) {
  SLIPWAY_ASSIGN_WITHIN(const std::uint64_t bytes, "tensor " + shown_name(parameter.name),
                        bytes_of(parameter.shape, 4));
  return Sized{.tensor = {.info = {.name = parameter.name,
                                   .dtype = Dtype::kF32,
                                   .shape = parameter.shape,
                                   .size_bytes = bytes},
                          .grid = {bytes / 4}},
               .elements = bytes / 4};
}

// Vectors are padded to a multiple of this before they are cut.
std::uint64_t units(std::uint64_t elements, std::uint64_t ranks) {
  const std::uint64_t unit = 2 * ranks;
  return elements / unit + (elements % unit != 0 ? 1 : 0);
}

}  // namespace

Result<std::vector<PiecedTensor>> lay_out_groups(const std::vector<ZeroGroup>& groups,
                                                 const std::vector<std::vector<FlatVector>>& parts) {
  std::vector<PiecedTensor> tensors;
  for (const auto& rank : parts) {
    if (rank.size() != groups.size())
      return corrupt(fmt::format("a rank holds {} groups of parameters, the model states name {}",
                                 rank.size(), groups.size()));
  }
  for (std::size_t group = 0; group < groups.size(); ++group) {
    std::uint64_t consumed = 0, available = 0;
    for (const auto& rank : parts) available += rank[group].size();
    for (const ZeroParameter& parameter : groups[group]) {
      SLIPWAY_ASSIGN(Sized one, sized(parameter));
      std::uint64_t begin = 0;  // of the rank's vector
      for (const auto& rank : parts) {
        const std::uint64_t end = begin + rank[group].size();
        const std::uint64_t from = std::max(begin, consumed), to = std::min(end, consumed + one.elements);
        if (from < to) rank[group].cut(from - begin, to - begin, from - consumed, one.tensor.pieces);
        begin = end;
      }
      const auto sum = checked_add(consumed, one.elements);
      if (!sum || *sum > available)
        return corrupt(fmt::format("group {} of parameters has {} elements, and {} needs more", group,
                                   available, shown_name(parameter.name)));
      consumed = *sum;
      tensors.push_back(std::move(one.tensor));
    }
    if (units(consumed, parts.size()) != units(available, parts.size()))
      return corrupt(fmt::format("group {} of parameters has {} elements, and its parameters {}", group,
                                 available, consumed));
  }
  return tensors;
}

Result<std::vector<PiecedTensor>> lay_out_stage_3(const std::vector<ZeroGroup>& groups,
                                                  const std::vector<FlatVector>& parts) {
  std::vector<PiecedTensor> tensors;
  const std::uint64_t ranks = parts.size();
  for (const FlatVector& rank : parts) {
    if (rank.size() != parts.front().size())
      return corrupt(
          fmt::format("ranks hold vectors of {} and of {} elements", parts.front().size(), rank.size()));
  }
  std::uint64_t offset = 0;
  for (const ZeroGroup& group : groups) {
    for (const ZeroParameter& parameter : group) {
      SLIPWAY_ASSIGN(Sized one, sized(parameter));
      const std::uint64_t part = one.elements / ranks + (one.elements % ranks != 0 ? 1 : 0);
      const auto end = checked_add(offset, part);
      if (!end || *end > parts.front().size())
        return corrupt(fmt::format("each rank holds {} elements, and {} needs more", parts.front().size(),
                                   shown_name(parameter.name)));
      for (std::uint64_t rank = 0, at = 0; at < one.elements; ++rank, at += part) {
        const std::uint64_t count = std::min(part, one.elements - at);
        parts[rank].cut(offset, offset + count, at, one.tensor.pieces);
      }
      offset = *end;
      tensors.push_back(std::move(one.tensor));
    }
  }
  if (!parts.empty() && offset != parts.front().size())
    return corrupt(
        fmt::format("each rank holds {} elements, and the parameters take {}", parts.front().size(), offset));
  return tensors;
}

}  // namespace slipway::tensor
