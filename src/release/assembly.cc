#include "release/assembly.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "os/path.h"

namespace slipway::release {

std::string identity_of(const run::RunFile& file) {
  return fmt::format("file {} {} {} {}", file.path, file.stat.size_bytes, file.stat.mtime_ns,
                     file.stat.inode);
}

PlannedFile untouched(os::FileSystem& fs, const os::Path& folder, const run::RunFile& file) {
  const os::Path path = os::join(folder, file.path);
  return {.path = file.path,
          .content = file_content(fs, path, file.stat, 0, file.stat.size_bytes),
          .size = file.stat.size_bytes,
          .origin = Origin::kRun,
          .source = path,
          .identity = identity_of(file)};
}

void Assembly::take(const run::RunFile& file) { files_[file.path] = untouched(fs_, run_.folder, file); }

void Assembly::put(const std::string& path, const std::string& text) {
  const bool known = files_.contains(path);
  files_[path] = PlannedFile{.path = path,
                             .content = literal_content(text),
                             .size = text.size(),
                             .origin = known ? Origin::kFixed : Origin::kMade,
                             .text = text,
                             .identity = "text " + sha256_hex(as_bytes(text))};
}

std::vector<PlannedFile> Assembly::finish() {
  std::vector<PlannedFile> files;
  for (auto& [path, file] : files_) files.push_back(std::move(file));
  return files;
}

}  // namespace slipway::release
