#include "tensor/safetensors_source.h"

#include <fmt/format.h>
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

// A part of a file's content that shares its open file: a model has thousands of extents, and a process
// only so many descriptors.
class FilePart final : public Content {
 public:
  FilePart(ContentPtr file, std::uint64_t begin, std::uint64_t size_bytes)
      : file_(std::move(file)), begin_(begin), size_bytes_(size_bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    SLIPWAY_CHECK(offset <= size_bytes_ && out.size() <= size_bytes_ - offset);
    return file_->read(begin_ + offset, out);
  }

 private:
  ContentPtr file_;
  std::uint64_t begin_;
  std::uint64_t size_bytes_;
};

}  // namespace

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
