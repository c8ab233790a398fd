#include "flow/state_folder.h"

#include <cerrno>

#include <fmt/format.h>

#include "base/hash.h"
#include "flow/in_run.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kLockTextBytesMax = 4096;

// A folder that cannot be written: permissions or a read-only file system, not a full disk.
bool is_read_only(const Error& error) {
  return error.code == ErrorCode::kIo &&
         (error.os_error == EACCES || error.os_error == EROFS || error.os_error == EPERM);
}

std::unexpected<Error> refuse_link(const os::Path& path) {
  return fail(
      ErrorCode::kRefused,
      fmt::format("{} leads out of the folder by a link, and nothing is written through one; remove it",
                  path));
}

Result<void> prepare(os::FileSystem& fs, const StatePaths& paths) {
  for (const os::Path& folder : {paths.folder, paths.originals(), paths.staging()}) {
    SLIPWAY_TRY(os::make_dirs(fs, folder));
  }
  return {};
}

// A run may come from anybody: what we write in it must not land elsewhere by a link that was laid there.
Result<void> refuse_links(os::FileSystem& fs, const os::Path& run, const StatePaths& paths) {
  SLIPWAY_ASSIGN(const os::Path real_run, fs.real_path(run));
  for (const os::Path& folder : {paths.folder, paths.originals(), paths.staging(), paths.aside()}) {
    const auto real = fs.real_path(folder);
    if (!real && real.error().code == ErrorCode::kNotFound) continue;
    if (!real) return std::unexpected(real.error());
    if (*real != os::join(real_run, folder.substr(run.size() + (run.ends_with('/') ? 0 : 1))))
      return refuse_link(folder);
  }
  for (const os::Path& file : {paths.lock(), paths.journal()}) {
    const auto stat = fs.link_stat(file);
    if (stat && stat->kind != os::FileKind::kFile) return refuse_link(file);
  }
  return {};
}

Result<std::unique_ptr<os::FileLock>> take_lock(os::World& world, const StatePaths& paths) {
  auto lock = world.files.lock(paths.lock());
  if (lock || lock.error().code != ErrorCode::kBusy) return lock;
  const auto holder = os::read_file(world.files, paths.lock(), kLockTextBytesMax);
  const std::string who = holder && !holder->empty() ? *holder : "another process";
  return fail(ErrorCode::kBusy,
              fmt::format("{} is held by {}; wait until it has ended, then run the same command again",
                          paths.folder, who));
}

Result<void> sign_lock(os::World& world, const StatePaths& paths) {
  SLIPWAY_ASSIGN(const auto file, world.files.open_write(paths.lock()));
  SLIPWAY_TRY(file->truncate(0));
  return file->write_at(0, as_bytes(world.process));
}

Result<void> clear_staging(os::FileSystem& fs, const os::Path& staging) {
  SLIPWAY_ASSIGN(const auto entries, fs.list(staging));
  for (const os::DirEntry& entry : entries) {
    if (entry.name.ends_with(".partial")) SLIPWAY_TRY(fs.remove(os::join(staging, entry.name)));
  }
  return {};
}

}  // namespace

StatePaths state_inside(const os::Path& run) {
  return {.folder = os::join(run, ".cache/huggingface/slipway")};
}

Result<StatePaths> state_elsewhere(os::World& world, const os::Path& run) {
  SLIPWAY_ASSIGN(const os::Path real, world.files.real_path(run));
  const std::string home = world.environment.get("HOME").value_or("/tmp");
  const std::string state = world.environment.get("XDG_STATE_HOME").value_or(os::join(home, ".local/state"));
  const std::string name = sha256_hex(as_bytes(real)).substr(0, 16);
  return StatePaths{.folder = os::join(state, "slipway/" + name), .inside_run = false};
}

Result<void> require_folder(os::FileSystem& files, const os::Path& folder, std::string_view way_out) {
  SLIPWAY_ASSIGN(const os::FileStat stat, files.stat(folder));
  if (stat.kind == os::FileKind::kDirectory) return {};
  return fail(ErrorCode::kInvalidArgument, fmt::format("{} is no folder; {}", folder, way_out));
}

Result<StateFolder> StateFolder::open(os::World& world, const os::Path& run) {
  StateFolder state;
  state.paths_ = state_inside(run);
  SLIPWAY_TRY(check_in_run(world.files, run, ".cache/huggingface/slipway/lock"));
  if (auto made = prepare(world.files, state.paths_); !made) {
    if (!is_read_only(made.error())) return std::unexpected(std::move(made).error());
    SLIPWAY_ASSIGN(state.paths_, state_elsewhere(world, run));
    SLIPWAY_TRY(prepare(world.files, state.paths_));
  }
  if (state.paths_.inside_run) SLIPWAY_TRY(refuse_links(world.files, run, state.paths_));
  SLIPWAY_ASSIGN(state.lock_, take_lock(world, state.paths_));
  SLIPWAY_TRY(sign_lock(world, state.paths_));
  SLIPWAY_TRY(clear_staging(world.files, state.paths_.staging()));
  return state;
}

}  // namespace slipway::flow
