// transform/merge/sum_kernel.h - what happens to a weight once the product of the thin matrices is there.
//
// Contract   Each step rounds as peft's does: the product is scaled, then added, then stored. Sums run in a
//            fixed order of lanes, so that they are the same on every machine and path.
// Threads    value
#pragma once

#include <cstdint>
#include <span>

#include "base/cpu.h"
#include "slipway/bytes.h"
#include "slipway/dtype.h"

namespace slipway::transform {

struct Change {
  double change_squared = 0;  // of what was added
  double weight_squared = 0;  // of what it was added to
  std::uint64_t elements = 0;
  std::uint64_t unchanged = 0;  // as they are stored

  void add(const Change& other);
};

struct Addition {
  float scale = 1;
  bool rounds_twice = false;  // the change to the weight's type before the sum
};

// The weight, as `dtype` (F32, F16 or BF16) stores it, with a change added: to `sum`, before it is stored
// again.
void add_change(const Cpu& cpu, tensor::Dtype dtype, Bytes weight, std::span<const float> change,
                const Addition& how, std::span<float> sum);
// The same, stored at once.
Change store_changed(const Cpu& cpu, tensor::Dtype dtype, Bytes weight, std::span<const float> change,
                     const Addition& how, MutableBytes out);
// Values that were made of `weight`, stored.
Change store_values(const Cpu& cpu, tensor::Dtype dtype, Bytes weight, std::span<const float> values,
                    MutableBytes out);

void scale(std::span<float> values, float factor);
// To the type and back.
void round_to(tensor::Dtype dtype, std::span<float> values);
double sum_of_squares(std::span<const float> values);

}  // namespace slipway::transform
