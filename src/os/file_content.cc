#include <mutex>

#include "slipway/content.h"

namespace slipway {
namespace {

// Opens the file at the first read and lets go of it when the last byte has been read: a release may be
// made of thousands of ranges, and a process may hold only about a thousand files open.
class FileContent : public Content {
 public:
  FileContent(os::FileSystem& fs, os::Path path, const os::FileStat& expected, std::uint64_t offset_bytes,
              std::uint64_t size_bytes)
      : fs_(fs),
        path_(std::move(path)),
        expected_(expected),
        offset_bytes_(offset_bytes),
        size_bytes_(size_bytes) {
    SLIPWAY_CHECK(checked_add(offset_bytes, size_bytes));
  }

  std::uint64_t size_bytes() const override { return size_bytes_; }

  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    SLIPWAY_CHECK(offset <= size_bytes_ && out.size() <= size_bytes_ - offset);
    SLIPWAY_ASSIGN(const auto file, opened());
    auto done = file->read_exact(offset_bytes_ + offset, out);
    SLIPWAY_TRY(check_unchanged(*file));  // before `done`: a file cut meanwhile is changed, not corrupt
    if (done && offset + out.size() == size_bytes_) let_go();
    return done;
  }

 private:
  Result<std::shared_ptr<os::ReadFile>> opened() const {
    const std::scoped_lock hold(mutex_);
    if (!file_) {
      SLIPWAY_ASSIGN(std::shared_ptr<os::ReadFile> file, fs_.open_read(path_));
      SLIPWAY_TRY(check_unchanged(*file));
      file_ = std::move(file);
    }
    return file_;
  }

  void let_go() const {
    const std::scoped_lock hold(mutex_);
    file_.reset();
  }

  Result<void> check_unchanged(os::ReadFile& file) const {
    SLIPWAY_ASSIGN(const os::FileStat now, file.stat());
    if (now.size_bytes == expected_.size_bytes && now.mtime_ns == expected_.mtime_ns) return {};
    return fail(ErrorCode::kChanged, path_ +
                                         ": changed since it was looked at; wait until nothing writes to it, "
                                         "then run the same command again");
  }

  os::FileSystem& fs_;
  const os::Path path_;
  const os::FileStat expected_;
  const std::uint64_t offset_bytes_;
  const std::uint64_t size_bytes_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<os::ReadFile> file_;  // guarded by mutex_
};

}  // namespace

ContentPtr file_content(os::FileSystem& fs, os::Path path, os::FileStat expected, std::uint64_t offset_bytes,
                        std::uint64_t size_bytes) {
  return std::make_shared<FileContent>(fs, std::move(path), expected, offset_bytes, size_bytes);
}

}  // namespace slipway
