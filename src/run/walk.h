// run/walk.h - every file of a run's folder, with its links judged and none followed out of it.
//
// Limits     100,000 files, 100,000 folders; 63 folders inside each other
// Errors     kNotFound, kInvalidArgument (no folder), kRefused (more than the limits; a followed link that
//            leads back to where it is reached from), kIo
// Threads    value
#pragma once

#include <vector>

#include "run/run.h"

namespace slipway::run {

inline constexpr std::size_t kRunFilesMax = 100'000;
inline constexpr std::size_t kRunFoldersMax = 100'000;
inline constexpr std::size_t kRunDepthMax = 64;  // of a file

struct Walked {
  os::Path real_folder{};  // absolute, without links
  std::vector<RunFile>
      files{};  // sorted by path; without .cache, .git, sockets, devices and links to folders of the run
  std::vector<std::string> folders{};  // relative, of the first level only
};
// `followed`: links into these files or folders are read as what they lead to; a name that is not there as
// it stands is looked for in `folder`. kNotFound when it is nowhere.
Result<Walked> walk(os::FileSystem& fs, const os::Path& folder, const std::vector<os::Path>& followed = {});

// Whether `real_path` is a file of a Hub cache: ".../models--owner--name/blobs/<etag>".
bool is_cache_blob(std::string_view real_path);

}  // namespace slipway::run
