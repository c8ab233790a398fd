// server/diff.h - what differs between two sets of files, as the text that `git apply` reads.
//
// Contract   One hunk a file: from the first line that differs to the last, with three lines around it.
//            Nothing is promised about its being the shortest.
// Limits     what the caller gives; a file that is no text of up to 256 KiB is told as binary
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::server {

inline constexpr std::uint64_t kDiffFileBytesMax = 256u << 10;

struct DiffSide {
  std::string oid{};   // git blob id
  std::string text{};  // "" when `binary`
  bool binary = false;
};
// nullopt: the file is not there on that side.
std::string diff_file(std::string_view path, const std::optional<DiffSide>& before,
                      const std::optional<DiffSide>& after);

}  // namespace slipway::server
