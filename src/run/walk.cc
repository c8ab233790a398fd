#include "run/walk.h"

#include <algorithm>

#include <fmt/format.h>
#include "os/path.h"

namespace slipway::run {
namespace {

bool is_inside(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::size_t depth_of(std::string_view relative) {
  return static_cast<std::size_t>(std::ranges::count(relative, '/')) + 1;
}

class Walker {
 public:
  Walker(os::FileSystem& fs, const os::Path& folder, os::Path real_folder, std::vector<os::Path> followed)
      : fs_(fs), folder_(folder), followed_(std::move(followed)) {
    found_.real_folder = std::move(real_folder);
  }

  Result<Walked> run() {
    std::vector<std::string> pending{""};
    while (!pending.empty()) {
      const std::string here = std::move(pending.back());
      pending.pop_back();
      SLIPWAY_TRY(visit(here, pending));
    }
    std::ranges::sort(found_.files, {}, &RunFile::path);
    return std::move(found_);
  }

 private:
  Result<void> visit(const std::string& here, std::vector<std::string>& pending) {
    const auto entries = fs_.list(os::join(folder_, here));
    if (!entries && !here.empty() && entries.error().code == ErrorCode::kNotFound)
      return {};  // gone meanwhile
    if (!entries) return std::unexpected(entries.error());
    for (const os::DirEntry& entry : *entries) {
      if (entry.name == ".cache" || entry.name == ".git") continue;
      std::string path = here.empty() ? entry.name : here + "/" + entry.name;
      const bool link = entry.kind == os::FileKind::kSymlink;
      if (entry.kind == os::FileKind::kDirectory || (link && is_followed_folder(path))) {
        if (here.empty()) found_.folders.push_back(path);
        if (depth_of(path) < kRunDepthMax) pending.push_back(std::move(path));
      } else if (entry.kind != os::FileKind::kOther) {
        SLIPWAY_TRY(take(std::move(path), link));
      }
    }
    return {};
  }

  Result<void> take(std::string path, bool link) {
    if (found_.files.size() == kRunFilesMax) {
      return fail(ErrorCode::kRefused,
                  fmt::format("{} holds more than {} files; give the folder that training wrote", folder_,
                              kRunFilesMax));
    }
    RunFile file{.path = std::move(path), .link = link};
    const os::Path full = os::join(folder_, file.path);
    const auto own = fs_.link_stat(full);
    if (!own && own.error().code == ErrorCode::kNotFound) return {};  // gone meanwhile
    if (!own) return std::unexpected(own.error());
    file.stat = *own;
    if (link) judge(full, file);
    if (file.stat.kind == os::FileKind::kDirectory) return {};  // another name of a folder that is walked
    found_.files.push_back(std::move(file));
    return {};
  }

  // A link is read as what it points to only when that lies in the run or in a Hub cache. One that leaves
  // keeps its own stat, so that nothing of its target is known here.
  void judge(const os::Path& full, RunFile& file) {
    const auto target = fs_.real_path(full);
    const auto stat = fs_.stat(full);
    file.leaves_run =
        !target || !stat ||
        (!is_inside(*target, found_.real_folder) && !is_cache_blob(*target) && !is_followed(*target));
    if (!file.leaves_run) file.stat = *stat;
  }

  bool is_followed(std::string_view target) const {
    return std::ranges::any_of(followed_, [&](const os::Path& named) { return is_inside(target, named); });
  }

  bool is_followed_folder(const std::string& path) {
    if (followed_.empty()) return false;
    const os::Path full = os::join(folder_, path);
    const auto target = fs_.real_path(full);
    const auto stat = fs_.stat(full);
    return target && stat && stat->kind == os::FileKind::kDirectory &&
           !is_inside(*target, found_.real_folder) && is_followed(*target);
  }

  os::FileSystem& fs_;
  const os::Path& folder_;
  std::vector<os::Path> followed_;  // absolute, without links
  Walked found_{};
};

Result<std::vector<os::Path>> resolve(os::FileSystem& fs, const os::Path& folder,
                                      const std::vector<os::Path>& followed) {
  std::vector<os::Path> resolved;
  for (const os::Path& name : followed) {
    auto target = fs.real_path(name);
    if (!target) target = fs.real_path(os::join(folder, name));
    if (!target) {
      return fail(
          ErrorCode::kNotFound,
          fmt::format("--follow-symlinks {}: there is no such file or folder, here or in {}", name, folder));
    }
    resolved.push_back(std::move(*target));
  }
  return resolved;
}

}  // namespace

bool is_cache_blob(std::string_view real_path) {
  const std::string blobs = os::parent(real_path);
  return os::base_name(blobs) == "blobs" && os::base_name(os::parent(blobs)).starts_with("models--");
}

Result<Walked> walk(os::FileSystem& fs, const os::Path& folder, const std::vector<os::Path>& followed) {
  SLIPWAY_ASSIGN(const os::FileStat stat, fs.stat(folder));
  if (stat.kind != os::FileKind::kDirectory) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is not a folder; give the folder that training wrote", folder));
  }
  SLIPWAY_ASSIGN(auto real_folder, fs.real_path(folder));
  SLIPWAY_ASSIGN(auto resolved, resolve(fs, folder, followed));
  return Walker(fs, folder, std::move(real_folder), std::move(resolved)).run();
}

}  // namespace slipway::run
