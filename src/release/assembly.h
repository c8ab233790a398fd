// release/assembly.h - the files of a release while they are being put together.
//
// Contract   By path; a later text for a path replaces the run's own bytes. Nothing is read.
// Threads    one thread
#pragma once

#include <map>
#include <string>
#include <vector>

#include "release/release.h"

namespace slipway::release {

class Assembly {
 public:
  Assembly(os::FileSystem& fs, const run::RunFacts& run) : fs_(fs), run_(run) {}

  void take(const run::RunFile& file);                         // untouched
  void put(const std::string& path, const std::string& text);  // changed or made
  void put(PlannedFile file) { files_[file.path] = std::move(file); }
  void drop(const std::string& path) { files_.erase(path); }
  bool holds(const std::string& path) const { return files_.contains(path); }
  std::vector<PlannedFile> finish();  // sorted by path

 private:
  os::FileSystem& fs_;
  const run::RunFacts& run_;
  std::map<std::string, PlannedFile> files_{};
};

// A file of `folder` as it lies there.
PlannedFile untouched(os::FileSystem& fs, const os::Path& folder, const run::RunFile& file);

// What names a file's bytes without reading them: path, size, time of change, inode.
std::string identity_of(const run::RunFile& file);

}  // namespace slipway::release
