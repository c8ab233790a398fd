// What a gigabyte of SHA-256 costs: OpenSSL's one stream beside two at once, medians of CPU time.
//
//     cmake --build build/release --target sha256_bench && build/release/sha256_bench
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/hash.h"

namespace {

constexpr std::size_t kPieceBytes = 1u << 20;
constexpr int kPieces = 256;
constexpr int kTimes = 11;

double cpu_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Median CPU seconds of hashing a gigabyte, by `both` with each of its pieces.
template <class Both>
double seconds_a_gigabyte(Both both) {
  std::vector<double> rows;
  for (int time = 0; time < kTimes; ++time) {
    const double begin = cpu_seconds();
    for (int i = 0; i < kPieces; ++i) both();
    rows.push_back((cpu_seconds() - begin) * 1e9 / (2.0 * kPieces * kPieceBytes));
  }
  std::ranges::nth_element(rows, rows.begin() + kTimes / 2);
  return rows[kTimes / 2];
}

}  // namespace

int main() {
  const slipway::ByteVector one(kPieceBytes, std::byte{1});
  const slipway::ByteVector two(kPieceBytes, std::byte{2});
  slipway::Sha256 first;
  slipway::Sha256 second;
  const auto row = [&](const char* name, const slipway::Cpu& cpu) {
    const double cost = seconds_a_gigabyte([&] { slipway::update_both(cpu, first, one, second, two); });
    std::printf("%-28s %.3f s of CPU a GB, %.2f GB/s a core\n", name, cost, 1 / cost);
  };
  row("one stream (OpenSSL)", slipway::Cpu{});
  if (slipway::detect_cpu().sha) row("two streams at once (SHA-NI)", slipway::detect_cpu());
  return 0;
}
