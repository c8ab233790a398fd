#include "transform/merge/expert_stack.h"

#include <fmt/format.h>

namespace slipway::transform {
namespace {

constexpr std::uint64_t kExpertsMax = 4096;

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

Result<void> put_expert(const FormContext& context, const LoraParts& parts, const ExpertPlace& place,
                        MergedTensor& merged) {
  const Shape& shape = merged.info.shape;
  const std::size_t of_each = place.names.part_count();
  if (shape.size() != 3 || place.expert >= shape[0] || shape[0] > kExpertsMax || shape[1] % of_each != 0 ||
      merged.low_rank || merged.replacement)
    return fail(
        ErrorCode::kCorruptData,
        fmt::format("{} of the adapter is no part of {} of the base, which is {}; give the base that the "
                    "adapter was trained on with --base",
                    context.module, merged.info.name, shape_text(shape)));
  if (parts.magnitude || parts.bias || (shape[1] == shape[2] && context.experts_turned.value_or(true)))
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("{} is one expert's of {}, and more than plain LoRA, or square so that nobody knows "
                    "which way round it stands; merge it with peft",
                    context.module, merged.info.name));
  MergedTensor slice{.info = merged.info};
  slice.info.shape = {shape[1] / of_each, shape[2]};
  view_as_matrix(slice);
  SLIPWAY_TRY(put_low_rank(context, parts, slice));
  merged.columns = shape[2];
  merged.rows = shape[0] * shape[1];
  merged.parts.resize(shape[0] * of_each);
  auto& part = merged.parts[place.expert * of_each + place.part];
  if (part)
    return fail(ErrorCode::kCorruptData, fmt::format("two modules of the adapter are {}", context.module));
  slice.low_rank->rounds_twice = true;
  part = slice.low_rank;
  return {};
}

}  // namespace slipway::transform
