// base/sha256_kernel.h - SHA-256's compression of two independent messages at once, by SHA-NI.
//
// Contract   Absorbs `blocks` blocks of 64 bytes of each message into its eight words. One stream leaves
//            the unit idle while it waits for itself; two fill it, for about the time of one.
//            Called only where Cpu::sha says so.
// Threads    value
// Source     FIPS 180-4; Intel's description of SHA256RNDS2, SHA256MSG1 and SHA256MSG2
#pragma once

#include <cstddef>
#include <cstdint>

namespace slipway {

void sha256_two_streams(std::uint32_t (&first)[8], const std::byte* first_blocks, std::uint32_t (&second)[8],
                        const std::byte* second_blocks, std::size_t blocks);

}  // namespace slipway
