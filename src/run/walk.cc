#include "run/walk.h"

#include <algorithm>
#include <limits>

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
    std::vector<Folder> pending{{.real = found_.real_folder}};
    for (std::size_t visited = 0; !pending.empty(); ++visited) {
      if (visited == kRunFoldersMax) return refuse_number(kRunFoldersMax, "folders");
      const Folder here = std::move(pending.back());
      pending.pop_back();
      SLIPWAY_TRY(visit(here, pending));
    }
    std::ranges::sort(found_.files, {}, &RunFile::path);
    return std::move(found_);
  }

 private:
  static constexpr std::size_t kNoHop = std::numeric_limits<std::size_t>::max();

  struct Folder {
    std::string path{};        // in the run
    os::Path real{};           // absolute, without links
    std::size_t hop = kNoHop;  // over the last link on the way here
  };

  // From the folder that holds a followed link, reached over the hop before.
  struct Hop {
    os::Path from{};
    std::size_t before = kNoHop;
  };

  std::unexpected<Error> refuse_number(std::size_t most, std::string_view things) const {
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} holds more than {} {}; give the folder that training wrote", folder_, most, things));
  }

  Result<void> visit(const Folder& here, std::vector<Folder>& pending) {
    const auto entries = fs_.list(os::join(folder_, here.path));
    if (!entries && !here.path.empty() && entries.error().code == ErrorCode::kNotFound)
      return {};  // gone meanwhile
    if (!entries) return std::unexpected(entries.error());
    for (const os::DirEntry& entry : *entries) {
      if (entry.name == ".cache" || entry.name == ".git") continue;
      std::string path = here.path.empty() ? entry.name : here.path + "/" + entry.name;
      const bool link = entry.kind == os::FileKind::kSymlink;
      const auto target = link ? followed_folder(path) : std::nullopt;
      if (entry.kind == os::FileKind::kDirectory) {
        SLIPWAY_TRY(enter({std::move(path), os::join(here.real, entry.name), here.hop}, pending));
      } else if (target) {
        SLIPWAY_TRY(refuse_return(here, path, *target));
        hops_.push_back({here.real, here.hop});
        SLIPWAY_TRY(enter({std::move(path), *target, hops_.size() - 1}, pending));
      } else if (entry.kind != os::FileKind::kOther) {
        SLIPWAY_TRY(take(std::move(path), link));
      }
    }
    return {};
  }

  Result<void> enter(Folder folder, std::vector<Folder>& pending) {
    if (folder.path.find('/') == std::string::npos) found_.folders.push_back(folder.path);
    if (depth_of(folder.path) >= kRunDepthMax) {
      return fail(ErrorCode::kRefused,
                  fmt::format("{} lies more than {} folders deep; give the folder that training wrote",
                              os::join(folder_, folder.path), kRunDepthMax - 1));
    }
    pending.push_back(std::move(folder));
    return {};
  }

  // A folder that holds the link, or a link on the way to it, would be walked for ever.
  Result<void> refuse_return(const Folder& here, const std::string& path, const os::Path& target) const {
    bool returns = is_inside(here.real, target);
    for (std::size_t hop = here.hop; hop != kNoHop && !returns; hop = hops_[hop].before)
      returns = is_inside(hops_[hop].from, target);
    if (!returns) return {};
    return fail(
        ErrorCode::kRefused,
        fmt::format("{} is a link back to {}, from where it is reached: a copy would have no end; take "
                    "the link away, or name less with --follow-symlinks",
                    os::join(folder_, path), target));
  }

  // Names of folders that are walked anyway count too: each is looked at.
  Result<void> take(std::string path, bool link) {
    if (++taken_ > kRunFilesMax) return refuse_number(kRunFilesMax, "files");
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

  // Where a link leads, when it is a folder that is walked under the link's name.
  std::optional<os::Path> followed_folder(const std::string& path) {
    if (followed_.empty()) return std::nullopt;
    const os::Path full = os::join(folder_, path);
    auto target = fs_.real_path(full);
    const auto stat = fs_.stat(full);
    const bool followed = target && stat && stat->kind == os::FileKind::kDirectory &&
                          !is_inside(*target, found_.real_folder) && is_followed(*target);
    return followed ? std::optional(std::move(*target)) : std::nullopt;
  }

  os::FileSystem& fs_;
  const os::Path& folder_;
  std::vector<os::Path> followed_;  // absolute, without links
  std::vector<Hop> hops_{};
  std::size_t taken_ = 0;
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
