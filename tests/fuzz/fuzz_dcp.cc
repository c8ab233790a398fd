// Distributed checkpoints: four bytes say how long `.metadata` is, the rest is what every .distcp holds. What
// opens is read whole, within the bytes that its catalogue names.
#include <algorithm>
#include <cstdint>
#include <string>

#include "os/mem_file_system.h"
#include "tensor/dcp/metadata.h"
#include "tensor/dcp/open_dcp.h"
#include "tensor/dcp/sharded_safetensors.h"

namespace {

using namespace slipway;

void read_all(const Result<tensor::OpenedWeights>& opened) {
  if (!opened) {
    SLIPWAY_CHECK(describe(opened.error()).find('\n') == std::string::npos);
    return;
  }
  const auto catalogue = opened->source->catalogue();
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    ByteVector bytes(std::min<std::uint64_t>(catalogue[i].size_bytes, 1u << 16));
    const auto read = opened->source->read(i, 0, bytes);
    const auto tail = opened->source->read(i, catalogue[i].size_bytes - bytes.size(), bytes);
    SLIPWAY_CHECK(read.has_value() == tail.has_value());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size < 4) return 0;
  std::size_t length = 0;
  for (std::size_t i = 4; i-- > 0;) length = length << 8U | data[i];
  length = std::min(length, size - 4);
  os::MemFileSystem files;
  files.put("/run/.metadata", bytes.substr(4, length));
  for (const char* name : {"__0_0.distcp", "__1_0.distcp", "shard-00001-model-00001-of-00001.safetensors"})
    files.put(std::string("/run/") + name, bytes.substr(4 + length));
  read_all(tensor::open_dcp_weights(files, "/run"));
  read_all(tensor::open_sharded_safetensors(files, "/run"));
  return 0;
}
