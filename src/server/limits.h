// server/limits.h - what the Hub takes of one request, and no more (docs/wire/hub.md).
//
// Threads    value
#pragma once

#include <cstddef>
#include <cstdint>

namespace slipway::server {

inline constexpr std::uint64_t kJsonBodyBytesMax = 16u << 20;
inline constexpr std::uint64_t kInlineFileBytesMax = 10u << 20;     // the Hub's own rule for plain files
inline constexpr std::uint64_t kCommitLineBytesMax = 16u << 20;     // of such a file in base64, with room
inline constexpr std::uint64_t kUnlimitedLineBytesMax = 60u << 20;  // with --no-limits
inline constexpr std::size_t kCommitLinesMax = 25'000;              // files, deletions and all else
inline constexpr std::uint64_t kAttributesBytesMax = 1u << 20;      // of a .gitattributes that is looked into
inline constexpr std::uint64_t kBatchPartsMax = 20'000;             // addresses in one reply
inline constexpr std::uint64_t kDiscardedBytesMax = 64u
                                                    << 20;  // of a refused upload, read so that it is heard

}  // namespace slipway::server
