// Files of torch.save: what is opened can be read to its end, and refusals are one line that names the file.
#include <cstdint>
#include <string>

#include "os/mem_file_system.h"
#include "pickle/policy.h"
#include "tensor/torch/torch_weights.h"
#include "tensor/zero/zero_states.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  os::MemFileSystem files;
  files.put("/w/pytorch_model.bin", bytes);
  const auto weights = tensor::open_torch_weights(files, "/w", "pytorch_model");
  if (!weights) SLIPWAY_CHECK(describe(weights.error()).find('\n') == std::string::npos);
  for (std::size_t i = 0; weights && i < weights->source->catalogue().size(); ++i) {
    const tensor::TensorInfo& info = weights->source->catalogue()[i];
    ByteVector out(std::min<std::uint64_t>(info.size_bytes, 1 << 16));
    SLIPWAY_CHECK(weights->source->read(i, info.size_bytes - out.size(), out));
    if (const ContentPtr extent = weights->source->extent(i))
      SLIPWAY_CHECK(extent->size_bytes() == info.size_bytes);
  }
  files.put("/inside", "head" + bytes + "tail");
  const auto inside = files.open_read("/inside").value();
  const auto states = tensor::TorchFile::open(*inside, 4, size, pickle::opaque());
  if (!states) return 0;
  (void)tensor::read_model_states(*states);
  (void)tensor::read_optim_states(*states);
  return 0;
}
