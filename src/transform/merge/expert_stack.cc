#include "transform/merge/expert_stack.h"

#include <fmt/format.h>

#include "transform/expert_names.h"

namespace slipway::transform {
namespace {

std::optional<StackedExperts> finished(StackedExperts found, std::uint64_t experts) {
  return experts > 0 ? std::optional(std::move(found)) : std::nullopt;
}

std::optional<StackedExperts> stack(const BaseNames& base, std::span<const MergedTensor> tensors,
                                    const std::string& folder, const StackedNames& names) {
  StackedExperts found;
  std::uint64_t rows_of_first = 0;
  for (std::uint64_t expert = 0;; ++expert) {
    std::uint64_t row = 0;
    for (std::size_t part = 0; part < names.part_count(); ++part) {
      const auto tensor = base.find(fmt::format("{}.{}.{}.weight", folder, expert, names.parts[part]));
      if (!tensor && part == 0) return finished(std::move(found), expert);
      if (!tensor) return std::nullopt;
      const Shape& shape = tensors[*tensor].info.shape;
      if (shape.size() != 2 || (expert + part > 0 && shape[1] != found.shape[2])) return std::nullopt;
      found.slices.push_back({.tensor = *tensor, .expert = expert, .row = row});
      row += shape[0];
      found.shape = {expert + 1, row, shape[1]};
    }
    if (expert == 0) rows_of_first = row;
    if (row != rows_of_first) return std::nullopt;
  }
}

}  // namespace

std::optional<StackedExperts> find_apart(const BaseNames& names, std::span<const MergedTensor> tensors,
                                         const std::string& module, const std::string& name) {
  for (const StackedNames& one : stacked_names()) {
    if (one.stacked != name) continue;
    for (const std::string& folder : expert_folders(module))
      if (auto found = stack(names, tensors, folder, one)) return found;
  }
  return std::nullopt;
}

}  // namespace slipway::transform
