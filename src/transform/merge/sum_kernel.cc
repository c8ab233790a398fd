#include "transform/merge/sum_kernel.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "slipway/result.h"
#include "transform/float_bits.h"

#define SLIPWAY_INLINE [[gnu::always_inline]] inline

namespace slipway::transform {
namespace {

using tensor::Dtype;

constexpr std::size_t kLanes = 8;
constexpr std::size_t kBlock = 512;  // elements that go through all steps while they are in the first cache
using Lanes = std::array<double, kLanes>;
using Block = std::array<float, kBlock>;

double total(const Lanes& lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

// One element of each type, in and out of F32.
struct OfF32 {
  using Word = std::uint32_t;
  SLIPWAY_INLINE static float in(Word word) { return std::bit_cast<float>(word); }
  SLIPWAY_INLINE static Word out(float value) { return std::bit_cast<Word>(value); }
};
struct OfF16 {
  using Word = std::uint16_t;
  SLIPWAY_INLINE static float in(Word word) { return std::bit_cast<float>(f32_of_f16(word)); }
  SLIPWAY_INLINE static Word out(float value) { return f16_of(std::bit_cast<std::uint32_t>(value)); }
};
struct OfBf16 {
  using Word = std::uint16_t;
  SLIPWAY_INLINE static float in(Word word) { return std::bit_cast<float>(f32_of_bf16(word)); }
  SLIPWAY_INLINE static Word out(float value) { return bf16_of(std::bit_cast<std::uint32_t>(value)); }
};

struct Job {
  const std::byte* weight = nullptr;
  const float* change = nullptr;  // or the values themselves
  std::size_t count = 0;
  Addition how{};
  bool values = false;  // `change` is what the weight has become
  float* sum = nullptr;
  std::byte* out = nullptr;
  Lanes change_squared{};
  Lanes weight_squared{};
  std::uint64_t unchanged = 0;
};

template <class Type>
SLIPWAY_INLINE void sum_block(const Job& job, std::size_t at, std::size_t here, const Block& weight,
                              Block& sum) {
  const float* change = job.change + at;
  if (job.values) {
    for (std::size_t i = 0; i < here; ++i) sum[i] = change[i];
  } else if (job.how.rounds_twice) {
    for (std::size_t i = 0; i < here; ++i)
      sum[i] = weight[i] + Type::in(Type::out(change[i] * job.how.scale));
  } else {
    for (std::size_t i = 0; i < here; ++i) sum[i] = weight[i] + change[i] * job.how.scale;
  }
}

SLIPWAY_INLINE void measure_block(Job& job, std::size_t here, const Block& weight, const Block& sum) {
  const std::size_t whole = here / kLanes * kLanes;
  for (std::size_t at = 0; at < whole; at += kLanes) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      const double was = weight[at + i];
      const double by = static_cast<double>(sum[at + i]) - was;
      job.weight_squared[i] += was * was;
      job.change_squared[i] += by * by;
    }
  }
  for (std::size_t at = whole; at < here; ++at) {
    const double was = weight[at];
    const double by = static_cast<double>(sum[at]) - was;
    job.weight_squared[at - whole] += was * was;
    job.change_squared[at - whole] += by * by;
  }
}

template <class Type>
SLIPWAY_INLINE void run_job(Job& job) {
  using Word = typename Type::Word;
  std::array<Word, kBlock> stored;
  std::array<Word, kBlock> made;
  Block weight;
  Block sum;
  for (std::size_t at = 0; at < job.count; at += kBlock) {
    const std::size_t here = std::min(kBlock, job.count - at);
    std::memcpy(stored.data(), job.weight + at * sizeof(Word), here * sizeof(Word));
    for (std::size_t i = 0; i < here; ++i) weight[i] = Type::in(stored[i]);
    sum_block<Type>(job, at, here, weight, sum);
    if (job.sum != nullptr) std::memcpy(job.sum + at, sum.data(), here * sizeof(float));
    if (job.out == nullptr) continue;
    measure_block(job, here, weight, sum);
    Word same = 0;
    for (std::size_t i = 0; i < here; ++i) {
      made[i] = Type::out(sum[i]);
      same = static_cast<Word>(same + static_cast<Word>(made[i] == stored[i]));
    }
    job.unchanged += same;
    std::memcpy(job.out + at * sizeof(Word), made.data(), here * sizeof(Word));
  }
}

SLIPWAY_INLINE void run_typed(Dtype dtype, Job& job) {
  if (dtype == Dtype::kF32) return run_job<OfF32>(job);
  if (dtype == Dtype::kF16) return run_job<OfF16>(job);
  SLIPWAY_CHECK(dtype == Dtype::kBF16);
  run_job<OfBf16>(job);
}

void run_portably(Dtype dtype, Job& job) { run_typed(dtype, job); }
#if defined(__x86_64__)
[[gnu::target("avx2")]] void run_by_avx2(Dtype dtype, Job& job) { run_typed(dtype, job); }
#endif

void run([[maybe_unused]] const Cpu& cpu, Dtype dtype, Job& job) {
#if defined(__x86_64__)
  if (cpu.fma) return run_by_avx2(dtype, job);
#endif
  run_portably(dtype, job);
}

Change change_of(const Job& job) {
  return {.change_squared = total(job.change_squared),
          .weight_squared = total(job.weight_squared),
          .elements = job.count,
          .unchanged = job.unchanged};
}

}  // namespace

void Change::add(const Change& other) {
  change_squared += other.change_squared;
  weight_squared += other.weight_squared;
  elements += other.elements;
  unchanged += other.unchanged;
}

void add_change(const Cpu& cpu, Dtype dtype, Bytes weight, std::span<const float> change, const Addition& how,
                std::span<float> sum) {
  Job job{.weight = weight.data(),
          .change = change.data(),
          .count = change.size(),
          .how = how,
          .sum = sum.data()};
  run(cpu, dtype, job);
}

Change store_changed(const Cpu& cpu, Dtype dtype, Bytes weight, std::span<const float> change,
                     const Addition& how, MutableBytes out) {
  Job job{.weight = weight.data(),
          .change = change.data(),
          .count = change.size(),
          .how = how,
          .out = out.data()};
  run(cpu, dtype, job);
  return change_of(job);
}

Change store_values(const Cpu& cpu, Dtype dtype, Bytes weight, std::span<const float> values,
                    MutableBytes out) {
  Job job{.weight = weight.data(),
          .change = values.data(),
          .count = values.size(),
          .values = true,
          .out = out.data()};
  run(cpu, dtype, job);
  return change_of(job);
}

void scale(std::span<float> values, float factor) {
  for (float& value : values) value *= factor;
}

void round_to(Dtype dtype, std::span<float> values) {
  if (dtype == Dtype::kF16) {
    for (float& value : values) value = OfF16::in(OfF16::out(value));
  } else if (dtype == Dtype::kBF16) {
    for (float& value : values) value = OfBf16::in(OfBf16::out(value));
  }
}

double sum_of_squares(std::span<const float> values) {
  Lanes lanes{};
  std::size_t at = 0;
  for (; at + kLanes <= values.size(); at += kLanes) {
    for (std::size_t i = 0; i < kLanes; ++i) {
      const double value = values[at + i];
      lanes[i] += value * value;
    }
  }
  for (std::size_t i = 0; at < values.size(); ++at, ++i)
    lanes[i] += static_cast<double>(values[at]) * static_cast<double>(values[at]);
  return total(lanes);
}

}  // namespace slipway::transform
