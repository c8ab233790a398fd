#include "hub/remote_folder.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include <fmt/format.h>

namespace slipway::hub {
namespace {

constexpr std::string_view kScheme = "hf://";

std::unexpected<Error> read_only(const os::Path& path) {
  return fail(ErrorCode::kUnsupported, fmt::format("{} is read where it is, and not written", path));
}

os::FileStat stat_of(const RemoteFile& file) {
  return {.kind = os::FileKind::kFile,
          .size_bytes = file.size,
          .inode = std::hash<std::string>()(file.sha256.value_or(file.git_oid)),
          .mode = 0444};
}

class TextFile : public os::ReadFile {
 public:
  TextFile(const std::string& text, os::Path name) : text_(text), name_(std::move(name)) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    if (offset >= text_.size()) return 0U;
    const std::size_t size = std::min(out.size(), text_.size() - static_cast<std::size_t>(offset));
    std::memcpy(out.data(), text_.data() + offset, size);
    return size;
  }
  Result<os::FileStat> stat() override { return os::FileStat{.size_bytes = text_.size(), .mode = 0444}; }
  std::string_view name() const override { return name_; }

 private:
  std::string text_;
  os::Path name_;
};

// Reads by ranges, ahead of what is asked for: the further a reader has come in order, the further ahead.
class RangedFile : public os::ReadFile {
 public:
  RangedFile(Client& client, const wire::RepoId& repo, std::string commit, RemoteFile file, os::Path name)
      : client_(client),
        repo_(repo),
        commit_(std::move(commit)),
        file_(std::move(file)),
        name_(std::move(name)) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    if (offset >= file_.size) return 0U;
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), file_.size - offset)));
    std::size_t done = 0;
    while (done < out.size()) {
      if (!holds(offset + done)) SLIPWAY_TRY(fetch(offset + done, out.size() - done));
      const std::size_t from = static_cast<std::size_t>(offset + done - begin_);
      const std::size_t size = std::min(out.size() - done, window_.size() - from);
      std::memcpy(out.data() + done, window_.data() + from, size);
      done += size;
    }
    return done;
  }
  Result<os::FileStat> stat() override { return stat_of(file_); }
  std::string_view name() const override { return name_; }

 private:
  bool holds(std::uint64_t offset) const { return offset >= begin_ && offset < begin_ + window_.size(); }

  Result<void> fetch(std::uint64_t offset, std::size_t wanted) {
    const bool in_order = !window_.empty() && offset == begin_ + window_.size();
    ahead_ = in_order ? std::min(2 * ahead_, RemoteFolder::kWindowBytesMax) : RemoteFolder::kWindowBytesMin;
    const std::uint64_t size = std::min<std::uint64_t>(
        {std::max(ahead_, std::min(wanted, RemoteFolder::kWindowBytesMax)), file_.size - offset});
    window_.clear();
    begin_ = offset;
    const DownloadRange range{.begin = offset, .end = offset + size, .etag = etag_};
    SLIPWAY_ASSIGN(const Downloaded got,
                   client_.download(repo_, commit_, file_.path, range, [&](Bytes bytes) -> Result<void> {
                     window_.insert(window_.end(), bytes.begin(), bytes.end());
                     return {};
                   }));
    if (window_.size() != size) {
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{} gave {} of {} bytes from {}", name_, window_.size(), size, offset));
    }
    etag_ = got.etag;
    return {};
  }

  Client& client_;
  const wire::RepoId& repo_;
  std::string commit_;
  RemoteFile file_;
  os::Path name_;
  std::string etag_{};
  std::vector<std::byte> window_{};
  std::uint64_t begin_ = 0;
  std::size_t ahead_ = RemoteFolder::kWindowBytesMin;
};

}  // namespace

bool is_remote_address(std::string_view text) { return text.starts_with(kScheme); }

Result<RemoteAddress> parse_remote_address(std::string_view text) {
  if (!is_remote_address(text))
    return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not hf://OWNER/NAME[@REVISION]", text));
  std::string_view rest = text.substr(kScheme.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  RemoteAddress address;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    address.revision = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (address.revision.empty())
      return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' names no revision behind the @", text));
  }
  SLIPWAY_ASSIGN_WITHIN(address.repo, std::string(text), wire::parse_repo_id(rest));
  return address;
}

Result<std::unique_ptr<RemoteFolder>> RemoteFolder::open(Client& client, std::string_view text) {
  SLIPWAY_ASSIGN(RemoteAddress address, parse_remote_address(text));
  SLIPWAY_ASSIGN(const auto info, client.repo_info(address.repo, address.revision));
  if (!info) {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no {} at {} on {}, or this account may not see it", address.repo.full(),
                            address.revision, client.options().endpoint));
  }
  os::Path root(text.ends_with('/') ? text.substr(0, text.size() - 1) : text);
  std::unique_ptr<RemoteFolder> folder(
      new RemoteFolder(client, std::move(address), std::move(root), info->sha));
  SLIPWAY_ASSIGN(const std::vector<RemoteFile> files, client.tree(folder->address_.repo, folder->commit_));
  for (const RemoteFile& file : files) folder->tree_.emplace(file.path, file);
  return folder;
}

void RemoteFolder::lay_over(const std::string& path, std::string text) {
  RemoteFile& file = tree_[path];
  file.path = path;
  file.size = text.size();
  laid_over_[path] = std::move(text);
}

Result<std::string> RemoteFolder::inside(const os::Path& path) const {
  std::string_view rest = path;
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest == root_) return std::string();
  if (rest.starts_with(root_) && rest[root_.size()] == '/') return std::string(rest.substr(root_.size() + 1));
  return fail(ErrorCode::kNotFound, fmt::format("{} does not lie in {}", path, root_));
}

bool RemoteFolder::is_folder(const std::string& inner) const {
  if (inner.empty()) return true;
  const auto next = tree_.lower_bound(inner + "/");
  return next != tree_.end() && next->first.starts_with(inner + "/");
}

Result<std::unique_ptr<os::ReadFile>> RemoteFolder::open_read(const os::Path& path) {
  SLIPWAY_ASSIGN(const std::string inner, inside(path));
  if (const auto text = laid_over_.find(inner); text != laid_over_.end())
    return std::make_unique<TextFile>(text->second, path);
  const auto file = tree_.find(inner);
  if (file == tree_.end()) return fail(ErrorCode::kNotFound, fmt::format("{} is not there", path));
  return std::make_unique<RangedFile>(client_, address_.repo, commit_, file->second, path);
}

Result<std::vector<os::DirEntry>> RemoteFolder::list(const os::Path& path) {
  SLIPWAY_ASSIGN(const std::string inner, inside(path));
  if (!is_folder(inner)) return fail(ErrorCode::kNotFound, fmt::format("{} is not there", path));
  const std::string prefix = inner.empty() ? "" : inner + "/";
  std::set<std::string> folders;
  std::vector<os::DirEntry> entries;
  for (auto at = tree_.lower_bound(prefix); at != tree_.end() && at->first.starts_with(prefix); ++at) {
    const std::string rest = at->first.substr(prefix.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string::npos) {
      entries.push_back({rest, os::FileKind::kFile});
    } else {
      folders.insert(rest.substr(0, slash));
    }
  }
  for (const std::string& folder : folders) entries.push_back({folder, os::FileKind::kDirectory});
  std::ranges::sort(entries, {}, &os::DirEntry::name);
  return entries;
}

Result<os::FileStat> RemoteFolder::stat(const os::Path& path) {
  SLIPWAY_ASSIGN(const std::string inner, inside(path));
  if (const auto file = tree_.find(inner); file != tree_.end()) return stat_of(file->second);
  if (is_folder(inner)) return os::FileStat{.kind = os::FileKind::kDirectory, .mode = 0555};
  return fail(ErrorCode::kNotFound, fmt::format("{} is not there", path));
}

Result<os::Path> RemoteFolder::real_path(const os::Path& path) {
  SLIPWAY_TRY(stat(path));
  return path;
}

Result<std::unique_ptr<os::WriteFile>> RemoteFolder::create_new(const os::Path& path,
                                                                std::uint32_t /*mode*/) {
  return read_only(path);
}
Result<std::unique_ptr<os::WriteFile>> RemoteFolder::open_write(const os::Path& path) {
  return read_only(path);
}
Result<void> RemoteFolder::rename(const os::Path& from, const os::Path& /*to*/) { return read_only(from); }
Result<void> RemoteFolder::remove(const os::Path& path) { return read_only(path); }
Result<void> RemoteFolder::remove_dir(const os::Path& path) { return read_only(path); }
Result<void> RemoteFolder::sync_dir(const os::Path& path) { return read_only(path); }
Result<void> RemoteFolder::make_dir(const os::Path& path) { return read_only(path); }
Result<void> RemoteFolder::make_symlink(const os::Path& /*target*/, const os::Path& path) {
  return read_only(path);
}
Result<void> RemoteFolder::set_mode(const os::Path& path, std::uint32_t /*mode*/) { return read_only(path); }
Result<std::uint64_t> RemoteFolder::free_space(const os::Path& path) { return read_only(path); }
Result<std::unique_ptr<os::FileLock>> RemoteFolder::lock(const os::Path& path) { return read_only(path); }

}  // namespace slipway::hub
