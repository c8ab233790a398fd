#include "transform/merge/low_rank_forms.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "transform/cast.h"

namespace slipway::transform {
namespace {

using tensor::TensorInfo;

std::unexpected<Error> lie(std::string message) { return fail(ErrorCode::kCorruptData, std::move(message)); }

std::uint64_t product(std::span<const std::uint64_t> numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{1}, std::multiplies<>());
}

std::unexpected<Error> misfit(const FormContext& context, std::size_t index, const MergedTensor& merged) {
  return lie(
      fmt::format("{} in {} is {}, which does not fit {} of the base, {}; give the base that the "
                  "adapter was trained on with --base",
                  context.adapter[index].name, context.adapter[index].file,
                  shape_text(context.adapter[index].shape), merged.info.name, shape_text(merged.info.shape)));
}

// A rank that differs from the config's means that a pattern was misread, and the scale with it.
Result<void> check_rank(const FormContext& context, std::size_t a, std::uint64_t rank) {
  const std::uint64_t said = context.config.rank_of(context.module);
  if (rank == said && rank > 0) return {};
  return lie(fmt::format("adapter_config.json says rank {} for {} and {} has {}; save the adapter again",
                         said, context.module, context.adapter[a].name, rank));
}

Result<void> check_types(const FormContext& context, std::size_t a, std::size_t b,
                         const MergedTensor& merged) {
  for (const std::size_t index : {a, b})
    if (!is_castable(context.adapter[index].dtype)) return misfit(context, index, merged);
  if (is_mergeable(merged.info.dtype)) return {};
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("{} of the base is stored as {}, and only F32, F16 and BF16 are merged; give a base "
                  "that is stored so with --base",
                  merged.info.name, tensor::dtype_name(merged.info.dtype)));
}

// Lengths of rows are those of the outputs; of a matrix that is turned round, of its columns.
Result<void> put_magnitude(const FormContext& context, const LoraParts& parts, bool of_columns,
                           MergedTensor& merged) {
  if (!parts.magnitude) {
    if (!context.config.dora) return {};
    return lie(
        fmt::format("adapter_config.json says use_dora and {} has no lora_magnitude_vector; save the "
                    "adapter again",
                    context.module));
  }
  const TensorInfo& lengths = context.adapter[*parts.magnitude];
  const std::uint64_t wanted = of_columns ? merged.columns : merged.rows;
  if (product(lengths.shape) != wanted || !is_castable(lengths.dtype))
    return misfit(context, *parts.magnitude, merged);
  merged.magnitude = Magnitude{*parts.magnitude, of_columns};
  return {};
}

// Of a convolution in groups A sees all inputs, the weight those of one group, and B the ranks of one.
Result<void> refuse_grouped(const FormContext& context, const Shape& a, const Shape& b,
                            const MergedTensor& merged) {
  const Shape& weight = merged.info.shape;
  const std::uint64_t inputs = weight[1];
  if (weight.size() < 3 || inputs == 0 || a[1] <= inputs || a[1] % inputs != 0) return {};
  const std::uint64_t groups = a[1] / inputs;
  if (b.size() != weight.size() || a[0] % groups != 0 || b[1] != a[0] / groups) return {};
  return fail(
      ErrorCode::kUnsupported,
      fmt::format("{} is a convolution of {} groups, whose adapter peft does not merge either; publish "
                  "the adapter without --merge",
                  context.module, groups));
}

// Rows by A and columns by B, where the weight is stored as [in, out].
LowRank turned_form(std::size_t a, std::size_t b, std::uint64_t rank, std::uint64_t rows) {
  return {.left = {.tensor = a, .step = 1, .rank_step = rows},
          .right = {.tensor = b, .step = rank, .rank_step = 1},
          .rank = rank};
}
LowRank plain_form(std::size_t a, std::size_t b, std::uint64_t rank, std::uint64_t columns) {
  return {.left = {.tensor = b, .step = rank, .rank_step = 1},
          .right = {.tensor = a, .step = 1, .rank_step = columns},
          .rank = rank};
}

Result<void> put_embedding(const FormContext& context, const LoraParts& parts, MergedTensor& merged) {
  const std::size_t a = *parts.embedding_a;
  const std::size_t b = *parts.embedding_b;
  const Shape& shape_a = context.adapter[a].shape;  // [r, V]
  const Shape& shape_b = context.adapter[b].shape;  // [D, r]
  const Shape& weight = merged.info.shape;          // [V, D]
  if (weight.size() != 2 || shape_a.size() != 2 || shape_a[1] != weight[0]) return misfit(context, a, merged);
  if (shape_b.size() != 2 || shape_b[0] != weight[1] || shape_b[1] != shape_a[0])
    return misfit(context, b, merged);
  SLIPWAY_TRY(check_rank(context, a, shape_a[0]));
  SLIPWAY_TRY(check_types(context, a, b, merged));
  merged.low_rank = turned_form(a, b, shape_a[0], weight[0]);
  merged.low_rank->rounds_twice = !parts.magnitude;
  return put_magnitude(context, parts, /*of_columns=*/true, merged);
}

}  // namespace

bool is_mergeable(tensor::Dtype dtype) {
  return dtype == tensor::Dtype::kF32 || dtype == tensor::Dtype::kF16 || dtype == tensor::Dtype::kBF16;
}

std::string shape_text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

void view_as_matrix(MergedTensor& merged) {
  const Shape& shape = merged.info.shape;
  merged.rows = shape.empty() ? 1 : shape.front();
  merged.columns = shape.empty() ? 1 : product(std::span(shape).subspan(1));
}

Result<void> LoraParts::take(KeyRole role, std::size_t index, const TensorInfo& info) {
  std::optional<std::size_t>* place = nullptr;
  if (role == KeyRole::kLoraA) place = &a;
  if (role == KeyRole::kLoraB) place = &b;
  if (role == KeyRole::kLoraBias) place = &bias;
  if (role == KeyRole::kEmbeddingA) place = &embedding_a;
  if (role == KeyRole::kEmbeddingB) place = &embedding_b;
  if (role == KeyRole::kMagnitude) place = &magnitude;
  SLIPWAY_CHECK(place != nullptr);
  if (place->has_value())
    return lie(fmt::format("{} in {} stands for what another tensor is already; save the adapter again",
                           info.name, info.file));
  *place = index;
  return {};
}

Result<void> LoraParts::check_whole(const std::string& module, std::span<const TensorInfo> adapter) const {
  const bool linear = a && b && !embedding_a && !embedding_b;
  const bool embedding = embedding_a && embedding_b && !a && !b && !bias;
  if (linear || embedding) return {};
  std::vector<std::string> there;
  for (const auto& part : {a, b, bias, embedding_a, embedding_b, magnitude})
    if (part) there.push_back(adapter[*part].name);
  return lie(fmt::format("of {} the adapter holds only {}, not both matrices; save the adapter again", module,
                         fmt::join(there, ", ")));
}

std::optional<bool> is_turned(const Shape& weight, const Shape& a, const Shape& b) {
  if (weight.size() != 2 || a.size() != 2 || b.size() != 2 || weight[0] == weight[1]) return std::nullopt;
  if (weight[0] == b[0] && weight[1] == a[1]) return false;
  if (weight[0] == a[1] && weight[1] == b[0]) return true;
  return std::nullopt;
}

bool fits_parameter(const Shape& parameter, const Shape& a, const Shape& b) {
  if (a.size() != 2 || b.size() != 2 || a[0] != b[1] || a[0] == 0) return false;
  if (parameter.size() == 2) return parameter[0] == b[0] && parameter[1] == a[1];
  if (parameter.size() != 3 || parameter[0] == 0 || a[0] % parameter[0] != 0) return false;
  const bool plain = parameter[1] == b[0] && parameter[2] == a[1];
  const bool turned = parameter[1] == a[1] && parameter[2] == b[0];
  return plain || turned;
}

Result<void> put_low_rank(const FormContext& context, const LoraParts& parts, MergedTensor& merged) {
  merged.module = context.module;
  if (parts.embedding_a) {
    SLIPWAY_TRY(put_embedding(context, parts, merged));
    merged.low_rank->scale = context.config.scale_of(context.module);
    return {};
  }
  const Shape& a = context.adapter[*parts.a].shape;
  const Shape& b = context.adapter[*parts.b].shape;
  const Shape& weight = merged.info.shape;
  if (weight.size() < 2 || a.size() != weight.size() || a[0] == 0) return misfit(context, *parts.a, merged);
  SLIPWAY_TRY(refuse_grouped(context, a, b, merged));
  if (b.size() != weight.size() || b[1] != a[0] || product(b) != b[0] * b[1])
    return misfit(context, *parts.b, merged);
  const bool turned =
      is_turned(weight, a, b).value_or(weight.size() == 2 && weight[0] == weight[1] && context.turned);
  const bool fits =
      turned ? weight[0] == a[1] && weight[1] == b[0]
             : weight[0] == b[0] && std::ranges::equal(std::span(weight).subspan(1), std::span(a).subspan(1));
  if (!fits) return misfit(context, *parts.a, merged);
  SLIPWAY_TRY(check_rank(context, *parts.a, a[0]));
  SLIPWAY_TRY(check_types(context, *parts.a, *parts.b, merged));
  merged.low_rank = turned ? turned_form(*parts.a, *parts.b, a[0], merged.rows)
                           : plain_form(*parts.a, *parts.b, a[0], merged.columns);
  merged.low_rank->scale = context.config.scale_of(context.module);
  return put_magnitude(context, parts, turned, merged);
}

namespace {

// The form of a parameter of `shape`, [out, in] or [experts, out, in] (or turned), all of its experts.
Result<LowRank> stacked_form(const FormContext& context, const LoraParts& parts, const Shape& shape,
                             const MergedTensor& merged) {
  const Shape& a = context.adapter[*parts.a].shape;
  const Shape& b = context.adapter[*parts.b].shape;
  if (parts.magnitude || parts.bias || context.config.fan_in_fan_out)
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} is a parameter that the adapter changes with more than plain LoRA; merge it "
                            "with peft",
                            context.module));
  const bool experts = shape.size() == 3;
  const bool square = shape[shape.size() - 2] == shape.back();
  if (experts && square && !context.experts_turned) {
    return fail(ErrorCode::kUnsupported,
                fmt::format("{} holds square matrices, and which way round the adapter stands in them is "
                            "known neither by the base's model_type nor by the adapter's peft_version; merge "
                            "it with peft",
                            merged.info.name));
  }
  const std::uint64_t count = experts ? shape[0] : 1;
  const std::uint64_t rank = a[0] / count;
  SLIPWAY_TRY(check_rank(context, *parts.a, rank));
  SLIPWAY_TRY(check_types(context, *parts.a, *parts.b, merged));
  // A has the expert slowest, B has it fastest.
  const Strided by_a{.tensor = *parts.a, .step = 1, .rank_step = a[1], .block_step = rank * a[1]};
  const Strided by_b{.tensor = *parts.b, .step = count * rank, .rank_step = count, .block_step = 1};
  const bool turned = experts && square && *context.experts_turned;
  const bool plain = !turned && shape[shape.size() - 2] == b[0] && shape.back() == a[1];
  return LowRank{.left = plain ? by_b : by_a,
                 .right = plain ? by_a : by_b,
                 .rank = rank,
                 .blocks = count,
                 .scale = context.config.scale_of(context.module),
                 .rounds_twice = true};
}

}  // namespace

Result<void> put_parameter(const FormContext& context, const LoraParts& parts, MergedTensor& merged) {
  const Shape& shape = merged.info.shape;
  SLIPWAY_ASSIGN(merged.low_rank, stacked_form(context, parts, shape, merged));
  merged.module = context.module;
  merged.columns = shape.back();
  merged.rows = merged.columns == 0 ? 0 : product(shape) / merged.columns;
  return {};
}

Result<void> put_slice(const FormContext& context, const LoraParts& parts, const Shape& shape,
                       const ExpertSlice& slice, MergedTensor& merged) {
  SLIPWAY_ASSIGN(LowRank form, stacked_form(context, parts, shape, merged));
  form.left.begin = slice.expert * form.left.block_step + slice.row * form.left.step;
  form.right.begin = slice.expert * form.right.block_step;
  form.left.block_step = form.right.block_step = 0;
  form.blocks = 1;
  form.stacked = true;
  merged.low_rank = form;
  merged.module = context.module;
  return {};
}

}  // namespace slipway::transform
