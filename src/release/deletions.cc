#include <algorithm>
#include <array>
#include <set>

#include "base/glob.h"
#include "release/release.h"

namespace slipway::release {
namespace {

// Loaders look for these at the root; an old one beside a new set would be read instead of it, or with it.
bool is_root_weight_name(std::string_view path) {
  static constexpr std::array kNames = std::to_array<std::string_view>(
      {"model.safetensors", "model-*-of-*.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
       "pytorch_model-*-of-*.bin", "pytorch_model.bin.index.json", "adapter_model.safetensors",
       "adapter_model.bin"});
  return path.find('/') == std::string_view::npos &&
         std::ranges::any_of(kNames, [&](std::string_view name) { return glob_match(name, path); });
}

}  // namespace

std::vector<std::string> remote_deletions(const Plan& plan, const std::vector<hub::RemoteFile>& remote,
                                          const std::optional<Manifest>& manifest) {
  std::set<std::string_view> held;
  bool holds_weights = false;
  for (const PlannedFile& file : plan.files) {
    held.insert(file.path);
    holds_weights = holds_weights || is_root_weight_name(file.path);
  }
  std::vector<std::string> deleted;
  for (const hub::RemoteFile& file : remote) {
    if (held.contains(file.path) || file.path == kManifestName || file.path == ".gitattributes") continue;
    const bool ours = manifest && manifest->files.contains(file.path);
    const bool shadows = holds_weights && is_root_weight_name(file.path);
    if (ours || shadows) deleted.push_back(file.path);
  }
  std::ranges::sort(deleted);
  return deleted;
}

}  // namespace slipway::release
