#include "os/path.h"
#include "slipway/safetensors.h"
#include "tensor/open_set.h"
#include "tensor/safetensors_source.h"

namespace slipway::tensor {
namespace {

Result<SafetensorsShard> read_shard(os::FileSystem& fs, const os::Path& folder, const std::string& name) {
  SafetensorsShard shard{.file = name, .path = os::join(folder, name)};
  SLIPWAY_ASSIGN(const auto file, fs.open_read(shard.path));
  SLIPWAY_ASSIGN(shard.stat, file->stat());
  if (shard.stat.kind != os::FileKind::kFile) return fail(ErrorCode::kCorruptData, "is not a regular file");
  SLIPWAY_ASSIGN(shard.header, read_safetensors_header(*file, shard.stat.size_bytes));
  return shard;
}

void add_warnings(WeightSet& set, const std::string& file, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) set.warnings.push_back(file + ": " + warning);
}

}  // namespace

Result<OpenedWeights> open_weights(os::FileSystem& fs, const os::Path& folder, std::string_view stem) {
  const auto read = [&](const std::string& name, std::size_t) { return read_shard(fs, folder, name); };
  const auto view = [](const SafetensorsShard& shard) { return ShardView{shard.file, shard.header.tensors}; };
  SLIPWAY_ASSIGN(auto opened, open_set<SafetensorsShard>(fs, folder, stem, ".safetensors", read, view));
  for (const SafetensorsShard& shard : opened.shards) {
    opened.set.files.push_back(shard.file);
    add_warnings(opened.set, shard.file, shard.header.warnings);
  }
  return OpenedWeights{.set = std::move(opened.set),
                       .source = std::make_shared<SafetensorsSource>(fs, std::move(opened.shards))};
}

}  // namespace slipway::tensor
