#include "base/cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace slipway {

Cpu detect_cpu() {
  Cpu cpu;
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kSha = 1u << 29;              // leaf 7, EBX
  constexpr unsigned kSse41 = 1u << 19 | 1u << 9;  // leaf 1, ECX: SSE4.1 and SSSE3
  const bool sse41 = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & kSse41) == kSse41;
  cpu.sha = sse41 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kSha) != 0;
  __builtin_cpu_init();
  cpu.fma = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  cpu.avx512 = cpu.fma && __builtin_cpu_supports("avx512f") != 0;
#endif
  return cpu;
}

}  // namespace slipway
