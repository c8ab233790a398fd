// os/mem_file_system.h - a disk in memory that forgets, at a power cut, what was not synced.
//
// Contract   As slipway/file_system.h, to the letter and no more: a write is durable after sync(), a name
//            after sync_dir() of its folder, a mode after sync() of the file (of a folder: sync_dir() of
//            itself). A rename is one change. Files opened and locks taken before crash() are dead after it.
//            Modes are kept and never enforced, as for root. The working directory is "/".
// Limits     a file 4 GiB; a name 255 bytes; 40 links on the way to one file
// Units      mtime counts changes of this disk, a millisecond each: no clock is read
// Threads    share freely
// Errors     as the machine's disk; the set-up helpers throw BrokenInvariant when a test asks nonsense
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "slipway/file_system.h"

namespace slipway::os {

class MemDisk;

struct MemTreeEntry {
  FileKind kind = FileKind::kFile;
  std::uint32_t mode = 0;
  std::string content{};  // a link's target; empty for a folder

  bool operator==(const MemTreeEntry&) const = default;
};
std::ostream& operator<<(std::ostream& out, const MemTreeEntry& entry);
using MemTree = std::map<Path, MemTreeEntry>;

class MemFileSystem : public FileSystem {
 public:
  MemFileSystem();
  ~MemFileSystem() override;

  Result<std::unique_ptr<ReadFile>> open_read(const Path& path) override;
  Result<std::unique_ptr<WriteFile>> create_new(const Path& path,
                                                std::uint32_t mode = kModeFromUmask) override;
  Result<std::unique_ptr<WriteFile>> open_write(const Path& path) override;
  Result<void> rename(const Path& from, const Path& to) override;
  Result<void> remove(const Path& path) override;
  Result<void> remove_dir(const Path& path) override;
  Result<void> sync_dir(const Path& path) override;
  Result<void> make_dir(const Path& path) override;
  Result<void> make_symlink(const Path& target, const Path& path) override;
  Result<std::vector<DirEntry>> list(const Path& path) override;
  Result<FileStat> stat(const Path& path) override;
  Result<FileStat> link_stat(const Path& path) override;
  Result<Path> real_path(const Path& path) override;
  Result<void> set_mode(const Path& path, std::uint32_t mode) override;
  Result<std::uint64_t> free_space(const Path& path) override;
  Result<std::unique_ptr<FileLock>> lock(const Path& path) override;

  // The power goes: all that is not durable is lost; with a seed, each such thing (a name, a sector, a
  // length, a mode) is kept or lost by itself, the same way for the same seed.
  void crash();
  void crash(std::uint64_t seed);

  // For setting up; all of it durable at once. put() makes the folders above and replaces the content.
  void put(const Path& path, std::string_view text, std::uint32_t mode = 0644);
  void put_dir(const Path& path);
  void put_symlink(const Path& target, const Path& path);
  // Copies what stands in `folder` of another disk, with modes and mtimes; links come along as links, the
  // ones that stay in `folder` pointing to the copy.
  Result<void> load_from(FileSystem& from, const Path& folder, const Path& to);
  void set_free_space(std::uint64_t free_bytes);  // from now on; kNoSpace beyond it
  void sync_all();

  // For looking. The tree holds absolute paths, `folder` itself left out.
  std::optional<std::string> text(const Path& path) const;  // nullopt when there is no such file
  MemTree tree(const Path& folder = "/") const;
  std::uint64_t changes() const;  // grows with every change of anything

 private:
  const std::shared_ptr<MemDisk> disk_;
};

}  // namespace slipway::os
