#include "flow/hub_cache.h"

#include <algorithm>

#include <fmt/format.h>

#include "flow/partial_file.h"
#include "flow/wait_for_lock.h"
#include "os/path.h"
#include "run/base_model.h"
#include "slipway/json.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kTreeBytesMax = 64u << 20;
constexpr std::uint64_t kRefBytesMax = 256;
constexpr std::size_t kCommitCharacters = 40;
constexpr std::string_view kCacheTag =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This folder is a cache of the Hub: what it holds can be fetched again.\n";

bool is_commit(std::string_view text) {
  return text.size() == kCommitCharacters &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_true(const os::World& world, std::string_view name) {
  std::string text = world.environment.get(name).value_or("");
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text == "1" || text == "ON" || text == "YES" || text == "TRUE";
}

Result<bool> has_size(os::FileSystem& fs, const os::Path& path, std::uint64_t size_bytes) {
  const auto stat = fs.stat(path);
  if (stat) return stat->kind == os::FileKind::kFile && stat->size_bytes == size_bytes;
  if (stat.error().code == ErrorCode::kNotFound) return false;
  return std::unexpected(stat.error());
}

json::Value entry_json(const hub::RemoteFile& file) {
  json::Value entry = json::Value::object({{"size", file.size}, {"blob_id", file.git_oid}});
  if (file.sha256) {
    entry.set("lfs_sha256", *file.sha256);
    entry.set("lfs_size", file.size);
  }
  return entry;
}

std::optional<hub::RemoteFile> read_entry(const std::string& path, const json::Value& entry) {
  const json::Value* size = entry.find("size");
  const json::Value* oid = entry.find("blob_id");
  if (size == nullptr || oid == nullptr || !size->as_uint() || !os::is_plain_relative(path))
    return std::nullopt;
  hub::RemoteFile file{.path = path, .size = *size->as_uint(), .git_oid = oid->string()};
  if (const json::Value* sha256 = entry.find("lfs_sha256"); sha256 != nullptr && sha256->is_string())
    file.sha256 = sha256->string();
  if (!has_digest_name(file)) return std::nullopt;
  return file;
}

}  // namespace

HubCache::HubCache(os::World& world, const hub::wire::RepoId& repo)
    : world_(world), root_(run::hub_cache(world)), links_(!is_true(world, "HF_HUB_DISABLE_SYMLINKS")) {
  const std::string name = fmt::format("models--{}--{}", repo.owner, repo.name);
  folder_ = os::join(root_, name);
  locks_ = os::join(root_, ".locks/" + name);
}

Result<void> HubCache::prepare() {
  if (root_.empty())
    return fail(ErrorCode::kInvalidArgument,
                "no place for the Hub cache: set HF_HUB_CACHE or HOME, or say --out");
  SLIPWAY_TRY(os::make_dirs(world_.files, os::join(folder_, "blobs")));
  SLIPWAY_TRY(os::make_dirs(world_.files, locks_));
  const os::Path tag = os::join(root_, "CACHEDIR.TAG");
  SLIPWAY_ASSIGN(const bool there, os::exists(world_.files, tag));
  return there ? Result<void>{} : write(tag, kCacheTag);
}

// One pull at a time: all of them would write the same temporary file.
Result<void> HubCache::write(const os::Path& path, std::string_view text) {
  const os::Path name = os::join(root_, ".locks/slipway.lock");
  SLIPWAY_ASSIGN(const auto lock, wait_for_lock(world_, name));
  auto done = os::replace_file(world_.files, path, as_bytes(text));
  (void)world_.files.remove(name);  // while it is held: who waits makes a new one
  return done;
}

os::Path HubCache::snapshot(const std::string& commit) const {
  return os::join(folder_, "snapshots/" + commit);
}

os::Path HubCache::blob(const hub::RemoteFile& file) const {
  return os::join(folder_, "blobs/" + digest_name(file));
}

FetchJob HubCache::job(const std::string& commit, const hub::RemoteFile& file) const {
  return {.commit = commit,
          .file = file,
          .partial = blob(file) + ".slipway.incomplete",
          .target = links_ ? blob(file) : os::join(snapshot(commit), file.path),
          .lock = lock_of(file)};
}

os::Path HubCache::lock_of(const hub::RemoteFile& file) const {
  return os::join(locks_, digest_name(file) + ".lock");
}

Result<bool> HubCache::holds(const std::string& commit, const hub::RemoteFile& file) {
  SLIPWAY_ASSIGN(const bool shown, has_size(world_.files, os::join(snapshot(commit), file.path), file.size));
  return shown ? Result<bool>(true) : has_size(world_.files, blob(file), file.size);
}

// Relative, so that the cache can be moved. What stands there and is not the file is replaced.
Result<void> HubCache::show(const std::string& commit, const hub::RemoteFile& file, const os::Path& from) {
  const os::Path shown = os::join(snapshot(commit), file.path);
  SLIPWAY_ASSIGN(const bool there, has_size(world_.files, shown, file.size));
  if (there) return {};
  SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(shown)));
  if (!links_) return place(file, from, shown);
  SLIPWAY_TRY(remove_if_there(world_.files, shown));
  std::string target = "../../blobs/" + digest_name(file);
  for (const char c : file.path) {
    if (c == '/') target.insert(0, "../");
  }
  const auto made = world_.files.make_symlink(target, shown);
  if (made || made.error().code == ErrorCode::kAlreadyExists) return {};
  return place(file, blob(file), shown);
}

// A copy: other snapshots may stand on the blob. Another pull may be about the same.
Result<void> HubCache::place(const hub::RemoteFile& file, const os::Path& from, const os::Path& shown) {
  SLIPWAY_ASSIGN(const auto lock, wait_for_lock(world_, lock_of(file)));
  SLIPWAY_ASSIGN(const bool there, has_size(world_.files, shown, file.size));
  if (there) return {};
  return copy_file(world_.files, from, shown + ".slipway.incomplete", shown);
}

Result<void> HubCache::keep_ref(const std::string& revision, const std::string& commit) {
  if (revision == commit || !os::is_plain_relative(revision)) return {};
  const os::Path ref = os::join(folder_, "refs/" + revision);
  if (const auto old = os::read_file(world_.files, ref, kRefBytesMax); old && *old == commit) return {};
  SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(ref)));
  return write(ref, commit);
}

Result<void> HubCache::keep_tree(const std::string& commit, const std::vector<hub::RemoteFile>& tree) {
  if (!is_commit(commit)) return {};
  const os::Path path = os::join(folder_, "trees/" + commit + ".json");
  SLIPWAY_ASSIGN(const bool there, os::exists(world_.files, path));
  if (there) return {};
  std::vector<std::pair<std::string, json::Value>> files;
  for (const hub::RemoteFile& file : tree) files.emplace_back(file.path, entry_json(file));
  json::Value listing = json::Value::object({{"format_version", 1}});
  listing.set("files", json::Value::object(std::move(files)));
  SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(path)));
  return write(path, json::print_compact(listing));
}

Result<std::string> HubCache::known_commit(const std::string& revision) {
  if (is_commit(revision)) return revision;
  if (!os::is_plain_relative(revision)) return std::string();
  const auto text = os::read_file(world_.files, os::join(folder_, "refs/" + revision), kRefBytesMax);
  if (!text && text.error().code != ErrorCode::kNotFound) return std::unexpected(text.error());
  const std::string commit = text ? text->substr(0, kCommitCharacters) : "";
  return is_commit(commit) ? commit : std::string();
}

// A listing that cannot be understood is as if absent, as for stock clients.
Result<std::optional<std::vector<hub::RemoteFile>>> HubCache::known_tree(const std::string& commit) {
  const auto text =
      os::read_file(world_.files, os::join(folder_, "trees/" + commit + ".json"), kTreeBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  const auto listing = json::parse(*text);
  const json::Value* version = listing ? listing->find("format_version") : nullptr;
  const json::Value* files = listing ? listing->find("files") : nullptr;
  if (version == nullptr || version->as_uint() != 1u || files == nullptr || !files->is_object())
    return std::nullopt;
  std::vector<hub::RemoteFile> tree;
  for (const auto& [path, entry] : files->members()) {
    auto file = read_entry(path, entry);
    if (!file) return std::nullopt;
    tree.push_back(std::move(*file));
  }
  return tree;
}

}  // namespace slipway::flow
