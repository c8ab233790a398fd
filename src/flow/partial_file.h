// flow/partial_file.h - a file on its way: its bytes, and beside it which of its parts are durable.
//
// Contract   `PATH` holds the bytes, each part at its place; `PATH.state` says for which digest and size, and
//            which parts were synced. A later run goes on with those; state of another digest, size or part
//            size, or bytes that are not there, is dropped. Nothing here proves the bytes: the digest does. A
//            file of one part has no state and always begins anew.
// Limits     state 4 MiB
// Threads    one thread each; the caller sees to it
// Errors     kIo, kNoSpace
#pragma once

#include <string>
#include <vector>

#include "os/world.h"

namespace slipway::flow {

class PartialFile {
 public:
  PartialFile(os::FileSystem& fs, os::Path path, std::string digest, std::uint64_t size_bytes,
              std::uint64_t part_bytes);

  std::size_t parts() const {
    return static_cast<std::size_t>((size_bytes_ + part_bytes_ - 1) / part_bytes_);
  }
  std::uint64_t begin(std::size_t part) const { return part * part_bytes_; }
  std::uint64_t end(std::size_t part) const;

  // Takes up what an earlier run left, or begins anew; says which parts are durable.
  Result<std::vector<bool>> open();
  Result<void> begin_anew();
  Result<void> mark(std::size_t part);  // after its bytes were synced
  Result<void> take_name(const os::Path& target);
  Result<void> drop();

  const os::Path& path() const { return path_; }

 private:
  std::string first_line() const;
  Result<std::vector<bool>> read_state(std::string_view text, std::uint64_t held_bytes);

  os::FileSystem& fs_;
  os::Path path_;
  os::Path state_path_;
  std::string digest_;
  std::uint64_t size_bytes_;
  std::uint64_t part_bytes_;
  std::unique_ptr<os::WriteFile> state_{};
  std::uint64_t state_bytes_ = 0;
};

// A copy of a file under another name, whole before it has the name.
Result<void> copy_file(os::FileSystem& fs, const os::Path& from, const os::Path& partial, const os::Path& to);
// Removes a file that may not be there.
Result<void> remove_if_there(os::FileSystem& fs, const os::Path& path);

}  // namespace slipway::flow
