#include "flow/finite_scan.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tensor/finite.h"

namespace slipway::flow {
namespace {

constexpr std::size_t kNamesShownMax = 5;

}  // namespace

FiniteScan::FiniteScan(const run::RunFacts& run, const release::PlannedFile& file) {
  const auto take = [this](const tensor::TensorInfo& info) {
    if (tensor::is_float(info.dtype)) tensors_.push_back(&info);
  };
  for (const tensor::TensorInfo& info : file.tensors) take(info);
  const bool in_ranges = run.format == "safetensors";  // elsewhere tensors lie in strides, or in parts
  if (run.weights && in_ranges && file.origin == release::Origin::kRun) {
    for (const tensor::TensorInfo& info : run.weights->source->catalogue())
      if (info.file == file.path) take(info);
  }
  std::ranges::sort(tensors_, {}, [](const auto* info) { return info->file_offset_bytes; });
}

void FiniteScan::feed(std::uint64_t offset, Bytes bytes) {
  while (at_ < tensors_.size()) {
    const tensor::TensorInfo& info = *tensors_[at_];
    const std::uint64_t end = info.file_offset_bytes + info.size_bytes;
    const std::uint64_t from = std::max(offset, info.file_offset_bytes);
    const std::uint64_t to = std::min(offset + bytes.size(), end);
    if (from < to) count(info, bytes.subspan(from - offset, to - from));
    if (end > offset + bytes.size()) return;
    finish(info);
  }
}

void FiniteScan::count(const tensor::TensorInfo& info, Bytes bytes) {
  const std::size_t width = std::max<std::size_t>(1, tensor::dtype_bits(info.dtype) / 8);
  while (carried_ != 0 && carried_ < width && !bytes.empty()) {
    carry_[carried_++] = bytes.front();
    bytes = bytes.subspan(1);
  }
  if (carried_ == width) {
    tensor::count_non_finite(info.dtype, Bytes(carry_).first(width), nan_, inf_);
    carried_ = 0;
  }
  const std::size_t whole = bytes.size() / width * width;
  tensor::count_non_finite(info.dtype, bytes.first(whole), nan_, inf_);
  for (const std::byte b : bytes.subspan(whole)) carry_[carried_++] = b;
}

void FiniteScan::finish(const tensor::TensorInfo& info) {
  if (nan_ + inf_ != 0) bad_.push_back(fmt::format("{} ({} NaN, {} infinite)", info.name, nan_, inf_));
  nan_ = inf_ = carried_ = 0;
  ++at_;
}

Result<void> refuse_overflow(const release::Plan& plan) {
  for (std::size_t i = 0; plan.view && i < plan.view->catalogue().size(); ++i) {
    const std::uint64_t lost = plan.view->overflowed(i);
    if (lost == 0) continue;
    const tensor::TensorInfo& info = plan.view->catalogue()[i];
    return fail(
        ErrorCode::kCorruptData,
        fmt::format("{} values of {} are too large for {} and would become infinite; cast to bfloat16, or "
                    "leave --dtype out",
                    lost, info.name, tensor::torch_name(info.dtype)));
  }
  return {};
}

std::unexpected<Error> refuse_non_finite(std::vector<std::string> bad) {
  std::ranges::sort(bad);
  const std::size_t shown = std::min(bad.size(), kNamesShownMax);
  const std::string more = bad.size() > shown ? fmt::format(" and {} more", bad.size() - shown) : "";
  return fail(
      ErrorCode::kCorruptData,
      fmt::format("weights are not finite: {}{}; publish an earlier checkpoint, or say --allow-nan",
                  fmt::join(bad.begin(), bad.begin() + static_cast<std::ptrdiff_t>(shown), ", "), more));
}

}  // namespace slipway::flow
