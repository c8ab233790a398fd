#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "base/glob.h"
#include "release/release.h"
#include "tensor/shard_name.h"

namespace slipway::release {
namespace {

constexpr std::string_view kIndexEnd = ".index.json";
constexpr std::size_t kShownMax = 5;

// Loaders look for these at the root; an old one beside a new set would be read instead of it, or with it.
bool is_root_weight_name(std::string_view path) {
  static constexpr std::array kNames = std::to_array<std::string_view>(
      {"model.safetensors", "model-*-of-*.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
       "pytorch_model-*-of-*.bin", "pytorch_model.bin.index.json", "adapter_model.safetensors",
       "adapter_model.bin"});
  return path.find('/') == std::string_view::npos &&
         std::ranges::any_of(kNames, [&](std::string_view name) { return glob_match(name, path); });
}

// Torch cuts its files as safetensors does.
std::optional<tensor::ShardName> shard_of(std::string_view path) {
  return tensor::parse_shard_name(path, path.ends_with(".bin") ? ".bin" : ".safetensors");
}

std::string index_of(const tensor::ShardName& shard, std::string_view path) {
  return fmt::format("{}{}.index.json", shard.stem, path.substr(path.rfind('.')));
}

bool is_of_adapter(std::string_view path) { return path.starts_with("adapter_"); }

// Whether the plan holds weights of a model, or of an adapter, that load without others: one file, or an
// index and every shard of a set.
bool holds_whole_set(const std::set<std::string_view>& held, bool of_adapter) {
  std::map<std::pair<std::string, std::uint64_t>, std::set<std::uint64_t>> sets;
  for (const std::string_view path : held) {
    if (!is_root_weight_name(path) || is_of_adapter(path) != of_adapter || path.ends_with(kIndexEnd))
      continue;
    const auto shard = shard_of(path);
    if (!shard) return true;
    const std::string index = index_of(*shard, path);
    auto& numbers = sets[{index, shard->count}];
    if (shard->number >= 1 && shard->number <= shard->count) numbers.insert(shard->number);
    if (numbers.size() == shard->count && held.contains(index)) return true;
  }
  return false;
}

// Loaders take an adapter before the model beside it, so a new model takes the adapter's place, its config
// too; an adapter leaves a model alone.
bool is_shadow(std::string_view path, bool new_model, bool new_adapter) {
  if (path == "adapter_config.json") return new_model && !new_adapter;
  if (!is_root_weight_name(path)) return false;
  return new_model || (new_adapter && is_of_adapter(path));
}

model::Warning kept(const std::vector<std::string>& paths, std::string_view why) {
  const std::size_t shown = std::min(paths.size(), kShownMax);
  const std::span named = std::span(paths).first(shown);
  std::string names = fmt::format("{}", fmt::join(named, ", "));
  if (shown < paths.size()) names += fmt::format(" and {} more", paths.size() - shown);
  return {
      .code = "remote-file-kept",
      .message = fmt::format("the last release put {} on the Hub and this one does not hold it any more; it "
                             "stays, for {}: delete it there, or with `slipway push --delete`",
                             names, why)};
}

}  // namespace

Deletions remote_deletions(const Plan& plan, const std::vector<hub::RemoteFile>& remote,
                           const std::optional<Manifest>& manifest) {
  std::set<std::string_view> held;
  for (const PlannedFile& file : plan.files) held.insert(file.path);
  const bool new_model = holds_whole_set(held, false);
  const bool new_adapter = holds_whole_set(held, true);
  Deletions deletions;
  std::vector<std::string> changed;
  std::vector<std::string> unknown;
  for (const hub::RemoteFile& file : remote) {
    if (held.contains(file.path) || file.path == kManifestName || file.path == ".gitattributes") continue;
    const Digests* ours = nullptr;
    if (manifest) {
      const auto at = manifest->files.find(file.path);
      if (at != manifest->files.end()) ours = &at->second;
    }
    const bool as_we_left_it = ours != nullptr && hub::same_bytes(file, *ours);
    if (as_we_left_it || is_shadow(file.path, new_model, new_adapter))
      deletions.paths.push_back(file.path);
    else if (ours != nullptr)
      (file.sha256 || !ours->git_blob_sha1.empty() ? changed : unknown).push_back(file.path);
  }
  std::ranges::sort(deletions.paths);
  if (!changed.empty()) deletions.warnings.push_back(kept(changed, "somebody changed it since"));
  if (!unknown.empty())
    deletions.warnings.push_back(kept(unknown, "its record does not tell whether somebody changed it since"));
  return deletions;
}

}  // namespace slipway::release
