#include "run/base_model.h"

#include "os/path.h"
#include "run/metadata_files.h"
#include "tensor/torch/torch_weights.h"

namespace slipway::run {
namespace {

constexpr std::uint64_t kRefBytesMax = 256;
constexpr std::uint64_t kReadmeBytesMax = 4u << 20;

Result<bool> is_folder(os::FileSystem& fs, const os::Path& path) {
  const auto stat = fs.stat(path);
  if (stat) return stat->kind == os::FileKind::kDirectory;
  if (stat.error().code == ErrorCode::kNotFound) return false;
  return std::unexpected(stat.error());
}

// The commit that a snapshot path names, "" outside a cache.
std::string revision_of(std::string_view path) {
  constexpr std::string_view kSnapshots = "/snapshots/";
  const std::size_t at = path.find(kSnapshots);
  if (at == std::string_view::npos || id_of_cache_path(path).empty()) return "";
  const std::string_view rest = path.substr(at + kSnapshots.size());
  return std::string(rest.substr(0, rest.find('/')));
}

Result<std::optional<BaseModel>> read_folder(os::FileSystem& fs, const os::Path& folder) {
  BaseModel base{.origin = folder};
  SLIPWAY_ASSIGN(base.metadata, read_metadata(fs, folder));
  if (base.metadata.find("config.json") == nullptr) return std::nullopt;
  SLIPWAY_ASSIGN(const auto real, fs.real_path(folder));
  base.id = id_of_cache_path(real);
  base.revision = revision_of(real);
  const auto readme = os::read_file(fs, os::join(folder, model::kReadmeName), kReadmeBytesMax);
  if (readme) base.readme = *readme;
  return base;
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  return text;
}

// The snapshot that refs/main names, else the only one there; "" when that does not decide.
Result<os::Path> snapshot_of(os::FileSystem& fs, const os::Path& repository) {
  const os::Path snapshots = os::join(repository, "snapshots");
  const auto ref = os::read_file(fs, os::join(repository, "refs/main"), kRefBytesMax);
  if (ref) {
    const std::string commit = trimmed(*ref);
    const bool is_name = os::is_plain_relative(commit) && commit.find('/') == std::string::npos;
    if (is_name) {
      SLIPWAY_ASSIGN(const bool there, is_folder(fs, os::join(snapshots, commit)));
      if (there) return os::join(snapshots, commit);
    }
  }
  const auto entries = fs.list(snapshots);
  if (!entries && entries.error().code == ErrorCode::kNotFound) return os::Path();
  if (!entries) return std::unexpected(entries.error());
  return entries->size() == 1 ? os::join(snapshots, entries->front().name) : os::Path();
}

Result<os::Path> cached_snapshot(os::FileSystem& fs, const os::Path& cache, const std::string& id) {
  if (cache.empty()) return os::Path();
  std::string folder = "models--" + id;
  if (const auto slash = folder.find('/'); slash != std::string::npos) folder.replace(slash, 1, "--");
  return snapshot_of(fs, os::join(cache, folder));
}

Result<std::optional<BaseModel>> read_cached(os::FileSystem& fs, const os::Path& cache,
                                             const std::string& id) {
  SLIPWAY_ASSIGN(const auto snapshot, cached_snapshot(fs, cache, id));
  if (snapshot.empty()) return std::nullopt;
  SLIPWAY_ASSIGN(auto base, read_folder(fs, snapshot));
  if (base) {
    base->id = id;
    base->revision = os::base_name(snapshot);
  }
  return base;
}

}  // namespace

Result<std::optional<BaseModel>> find_base(os::FileSystem& fs, const os::Environment& environment,
                                           const std::vector<std::string>& names) {
  const os::Path cache = hub_cache(environment);
  for (const std::string& name : names) {
    if (name.empty()) continue;
    SLIPWAY_ASSIGN(const bool local, is_folder(fs, name));
    if (!local && !is_hub_id(name)) continue;
    SLIPWAY_ASSIGN(auto base, local ? read_folder(fs, name) : read_cached(fs, cache, name));
    if (base) return base;
  }
  return std::nullopt;
}

Result<os::Path> find_model_folder(os::FileSystem& fs, const os::Environment& environment,
                                   const std::string& name) {
  if (name.empty()) return os::Path();
  SLIPWAY_ASSIGN(const bool local, is_folder(fs, name));
  if (local) return name;
  return is_hub_id(name) ? cached_snapshot(fs, hub_cache(environment), name) : Result<os::Path>(os::Path());
}

std::optional<tensor::OpenedWeights> open_base_weights(os::FileSystem& fs, const BaseModel& base) {
  if (base.origin.empty()) return std::nullopt;
  auto weights = tensor::open_weights(fs, base.origin, "model");
  const bool none = !weights && weights.error().code == ErrorCode::kNotFound;
  if (none) weights = tensor::open_torch_weights(fs, base.origin, "pytorch_model");
  return weights ? std::optional(std::move(*weights)) : std::nullopt;
}

os::Path hub_cache(const os::Environment& environment) {
  const std::string home = environment.get("HOME").value_or("");
  const auto expanded = [&](const std::string& path) {
    return path.starts_with("~/") && !home.empty() ? os::join(home, path.substr(2)) : path;
  };
  for (const std::string_view name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (const auto path = environment.get(name)) return expanded(*path);
  }
  if (const auto hub = environment.get("HF_HOME")) return os::join(expanded(*hub), "hub");
  if (const auto cache = environment.get("XDG_CACHE_HOME"))
    return os::join(expanded(*cache), "huggingface/hub");
  return home.empty() ? "" : os::join(home, ".cache/huggingface/hub");
}

}  // namespace slipway::run
