#include "tensor/safetensors_source.h"

#include <fmt/format.h>
#include "tensor/file_part.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
SafetensorsSource::SafetensorsSource(os::FileSystem& fs, std::vector<SafetensorsShard> shards) {
  for (SafetensorsShard& shard : shards) {
    for (TensorInfo& tensor : shard.header.tensors) {
      tensor.file = shard.file;
      catalogue_.push_back(std::move(tensor));
      file_of_.push_back(files_.size());
    }
    files_.push_back(file_content(fs, shard.path, shard.stat, 0, shard.stat.size_bytes));
  }
}

Result<void> SafetensorsSource::read(std::size_t tensor, std::uint64_t offset, MutableBytes out) const {
  SLIPWAY_CHECK(tensor < catalogue_.size());
  const TensorInfo& info = catalogue_[tensor];
  SLIPWAY_CHECK(offset <= info.size_bytes && out.size() <= info.size_bytes - offset);
  if (out.empty()) return {};
  SLIPWAY_TRY_WITHIN(fmt::format("{}: tensor {}", info.file, shown_name(info.name)),
                     files_[file_of_[tensor]]->read(info.file_offset_bytes + offset, out));
  return {};
}

ContentPtr SafetensorsSource::extent(std::size_t tensor) const {
  SLIPWAY_CHECK(tensor < catalogue_.size());
  const TensorInfo& info = catalogue_[tensor];
  return std::make_shared<FilePart>(files_[file_of_[tensor]], info.file_offset_bytes, info.size_bytes);
}

}  // namespace slipway::tensor
