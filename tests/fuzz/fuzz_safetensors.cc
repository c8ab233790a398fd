// Any bytes as a safetensors file: refused or read, never a crash; what is read tiles the file, and laid
// out again by our writer it is read again with the same tensors.
#include <algorithm>
#include <cstring>

#include "slipway/safetensors.h"

namespace {

using namespace slipway;

class MemoryFile final : public os::ReadFile {
 public:
  explicit MemoryFile(Bytes bytes) : bytes_(bytes) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    if (offset >= bytes_.size()) return 0;
    const std::size_t size = std::min<std::size_t>(out.size(), bytes_.size() - offset);
    std::memcpy(out.data(), bytes_.data() + offset, size);
    return size;
  }
  Result<os::FileStat> stat() override { return os::FileStat{.size_bytes = bytes_.size()}; }

 private:
  Bytes bytes_;
};

void check_tiling(const tensor::SafetensorsHeader& header, std::uint64_t file_size_bytes) {
  std::uint64_t at = 8 + header.header_bytes;
  for (const tensor::TensorInfo& tensor : header.tensors) {
    SLIPWAY_CHECK(tensor.file_offset_bytes == at);
    at += tensor.size_bytes;
  }
  SLIPWAY_CHECK(at == file_size_bytes);
}

void check_round_trip(const tensor::SafetensorsHeader& header) {
  std::vector<tensor::TensorSpec> specs;
  for (const tensor::TensorInfo& tensor : header.tensors) {
    specs.push_back({tensor.name, tensor.dtype, tensor.shape});
  }
  const auto layout = tensor::lay_out_safetensors(specs, header.metadata);
  SLIPWAY_CHECK(layout);
  const auto again =
      tensor::parse_safetensors_header(as_bytes(layout->header).subspan(8), layout->file_size_bytes);
  SLIPWAY_CHECK(again && again->tensors.size() == specs.size() && again->metadata == header.metadata);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  MemoryFile file(std::as_bytes(std::span(data, size)));
  const auto header = tensor::read_safetensors_header(file, size);
  if (!header) return 0;
  check_tiling(*header, size);
  check_round_trip(*header);
  return 0;
}
