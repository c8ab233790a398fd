#include "run/metadata_files.h"

#include <algorithm>
#include <array>

#include "os/path.h"

namespace slipway::run {
namespace {

constexpr auto kNames =
    std::to_array<std::string_view>({"config.json", "generation_config.json", "adapter_config.json",
                                     "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                                     "added_tokens.json", "vocab.json", "chat_template.jinja"});

Result<std::optional<std::string>> read_if_there(os::FileSystem& fs, const os::Path& path) {
  const auto stat = fs.stat(path);
  if (!stat && stat.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!stat) return std::unexpected(stat.error());
  if (stat->kind != os::FileKind::kFile || stat->size_bytes > kMetadataBytesMax) return std::nullopt;
  SLIPWAY_ASSIGN(auto text, os::read_file(fs, path, kMetadataBytesMax));
  return text;
}

}  // namespace

bool is_model_metadata(std::string_view name) { return std::ranges::find(kNames, name) != kNames.end(); }

bool is_json_object_file(std::string_view name) { return is_model_metadata(name) && name.ends_with(".json"); }

Result<model::Metadata> read_metadata(os::FileSystem& fs, const os::Path& folder) {
  model::Metadata metadata;
  for (const std::string_view name : kNames) {
    SLIPWAY_ASSIGN(auto text, read_if_there(fs, os::join(folder, name)));
    if (text) metadata.files.emplace(name, std::move(*text));
  }
  return metadata;
}

}  // namespace slipway::run
