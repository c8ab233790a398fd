// base/cpu.h - what this processor can do beyond what the program was built for.
//
// Contract   Facts only, found by CPUID; every path chosen by them gives the same bytes as the portable one.
//            A default Cpu is the portable one. os/world.h says which Cpu a command may use.
// Threads    value
#pragma once

namespace slipway {

struct Cpu {
  bool sha = false;     // SHA-NI, with the SSE4.1 that the kernel needs beside it
  bool fma = false;     // AVX2 and FMA3, which the operating system saves as well
  bool avx512 = false;  // AVX-512F, beside those
};

Cpu detect_cpu();

}  // namespace slipway
