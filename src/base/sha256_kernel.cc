#include "base/sha256_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SLIPWAY_SHA_NI [[gnu::target("sha,sse4.1"), gnu::always_inline]] inline
#endif

#include "slipway/result.h"

namespace slipway {

#if defined(__x86_64__)
namespace {

alignas(16) constexpr std::uint32_t kRound[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

using Words = __m128i;  // four 32-bit words

// One message: its eight working words in the order that SHA256RNDS2 wants, and sixteen words of the
// schedule.
struct Lane {
  Words abef;
  Words cdgh;
  Words w[4];
};

SLIPWAY_SHA_NI Words load(const void* at) { return _mm_loadu_si128(static_cast<const Words*>(at)); }

SLIPWAY_SHA_NI Lane open_lane(const std::uint32_t* state) {
  const Words cdab = _mm_shuffle_epi32(load(state), 0xB1);
  const Words efgh = _mm_shuffle_epi32(load(state + 4), 0x1B);
  return {.abef = _mm_alignr_epi8(cdab, efgh, 8), .cdgh = _mm_blend_epi16(efgh, cdab, 0xF0), .w = {}};
}

SLIPWAY_SHA_NI void close_lane(const Lane& lane, std::uint32_t* state) {
  const Words feba = _mm_shuffle_epi32(lane.abef, 0x1B);
  const Words dchg = _mm_shuffle_epi32(lane.cdgh, 0xB1);
  auto* out = reinterpret_cast<Words*>(state);
  _mm_storeu_si128(out, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(out + 1, _mm_alignr_epi8(dchg, feba, 8));
}

SLIPWAY_SHA_NI void take_block(Lane& lane, const std::byte* block) {
  const Words big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  for (int i = 0; i < 4; ++i) lane.w[i] = _mm_shuffle_epi8(load(block + 16 * i), big_endian);
}

// Rounds 4*Quad to 4*Quad+3, and the next words of the schedule where some are still to be made.
template <int Quad>
SLIPWAY_SHA_NI void four_rounds(Lane& lane) {
  Words& now = lane.w[Quad % 4];
  Words& next = lane.w[(Quad + 1) % 4];
  Words& before = lane.w[(Quad + 3) % 4];
  const Words sum = _mm_add_epi32(now, load(kRound + 4 * Quad));
  lane.cdgh = _mm_sha256rnds2_epu32(lane.cdgh, lane.abef, sum);
  if constexpr (Quad >= 3 && Quad < 15) {
    next = _mm_sha256msg2_epu32(_mm_add_epi32(next, _mm_alignr_epi8(now, before, 4)), now);
  }
  lane.abef = _mm_sha256rnds2_epu32(lane.abef, lane.cdgh, _mm_shuffle_epi32(sum, 0x0E));
  if constexpr (Quad >= 1 && Quad < 13) before = _mm_sha256msg1_epu32(before, now);
}

template <int Quad>
SLIPWAY_SHA_NI void rounds_from(Lane& first, Lane& second) {
  four_rounds<Quad>(first);
  four_rounds<Quad>(second);
  if constexpr (Quad < 15) rounds_from<Quad + 1>(first, second);
}

SLIPWAY_SHA_NI void add(Lane& lane, const Lane& before) {
  lane.abef = _mm_add_epi32(lane.abef, before.abef);
  lane.cdgh = _mm_add_epi32(lane.cdgh, before.cdgh);
}

}  // namespace

[[gnu::target("sha,sse4.1")]] void sha256_two_streams(std::uint32_t (&first)[8],
                                                      const std::byte* first_blocks,
                                                      std::uint32_t (&second)[8],
                                                      const std::byte* second_blocks, std::size_t blocks) {
  Lane one = open_lane(first);
  Lane two = open_lane(second);
  for (std::size_t at = 0; at < blocks * 64; at += 64) {
    const Lane one_before = one;
    const Lane two_before = two;
    take_block(one, first_blocks + at);
    take_block(two, second_blocks + at);
    rounds_from<0>(one, two);
    add(one, one_before);
    add(two, two_before);
  }
  close_lane(one, first);
  close_lane(two, second);
}

#else

void sha256_two_streams(std::uint32_t (&)[8], const std::byte*, std::uint32_t (&)[8], const std::byte*,
                        std::size_t) {
  SLIPWAY_CHECK(false);  // no Cpu of this machine says `sha`
}

#endif

}  // namespace slipway
