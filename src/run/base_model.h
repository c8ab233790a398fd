// run/base_model.h - the base model's small files, from where they are had without a network.
//
// Contract   Looks at --base, then the base named by run or recipe where it is an existing folder,
//            then the Hub cache (HF_HUB_CACHE layout; the snapshot that refs/main names, else the only
//            one). The first that has config.json wins. A name that exists as a folder is never an id.
// Limits     metadata files 64 MiB each; a larger one is as if absent
// Errors     kIo only: what is not there, or is no model, is no error
// Source     huggingface_hub _validators.py (ids) and file_download.py (cache layout)
// Threads    value
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/metadata.h"
#include "os/world.h"
#include "slipway/result.h"
#include "slipway/safetensors.h"

namespace slipway::run {

struct BaseModel {
  std::string id{};        // public form "owner/name" when known, else ""
  std::string revision{};  // commit of the cache's snapshot, else ""
  std::string origin{};    // folder it was read from, else its address
  model::Metadata metadata{};
  std::optional<std::string> readme{};
};

bool is_hub_id(std::string_view text);  // "owner/name" or a legacy one-part id, by the Hub's rules
// nullopt when no place has it. `names`: candidates in order, ids or paths.
Result<std::optional<BaseModel>> find_base(os::FileSystem& fs, const os::Environment& environment,
                                           const std::vector<std::string>& names);
inline Result<std::optional<BaseModel>> find_base(os::World& world, const std::vector<std::string>& names) {
  return find_base(world.files, world.environment, names);
}
// The folder that a name leads to: itself, or its snapshot in the Hub cache; "" when neither is there.
Result<os::Path> find_model_folder(os::FileSystem& fs, const os::Environment& environment,
                                   const std::string& name);
// Weights of a base that was read from a folder; nullopt when they are not there or cannot be read.
std::optional<tensor::OpenedWeights> open_base_weights(os::FileSystem& fs, const BaseModel& base);
// owner/name of a path inside a Hub cache ("…/models--owner--name/snapshots/…"), "" when it is none.
std::string id_of_cache_path(std::string_view path);
// From HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME or HOME; "" when none is set. A
// leading "~/" is HOME.
os::Path hub_cache(const os::Environment& environment);
inline os::Path hub_cache(const os::World& world) { return hub_cache(world.environment); }

}  // namespace slipway::run
