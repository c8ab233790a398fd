// DeepSpeed checkpoints: any files under their names give weights that can be read, or one line that refuses
// them. The input is files, each a byte that chooses its name, four bytes of length and its content.
#include <cstdint>
#include <iterator>
#include <string>

#include "os/mem_file_system.h"
#include "tensor/zero/zero_weights.h"

namespace {

constexpr const char* kNames[] = {
    "/w/latest",
    "/w/global_step1/mp_rank_00_model_states.pt",
    "/w/global_step1/zero_pp_rank_0_mp_rank_00_model_states.pt",
    "/w/global_step1/zero_pp_rank_1_mp_rank_00_model_states.pt",
    "/w/global_step1/zero_pp_rank_0_mp_rank_00_optim_states.pt",
    "/w/global_step1/zero_pp_rank_1_mp_rank_00_optim_states.pt",
    "/w/global_step1/bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt",
    "/w/global_step1/layer_0_expert_0_mp_rank_00_model_states.pt",
};

void read_all(const slipway::tensor::TensorSource& source) {
  for (std::size_t i = 0; i < source.catalogue().size(); ++i) {
    const auto size = std::min<std::uint64_t>(source.catalogue()[i].size_bytes, 1 << 16);
    slipway::ByteVector out(size);
    SLIPWAY_CHECK(source.read(i, source.catalogue()[i].size_bytes - size, out));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  os::MemFileSystem files;
  files.put_dir("/w");
  while (rest.size() >= 5) {
    const auto byte = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(rest[at]));
    };
    const std::size_t length = byte(1) | byte(2) << 8U | byte(3) << 16U | byte(4) << 24U;
    const char* name = kNames[byte(0) % std::size(kNames)];
    rest.remove_prefix(5);
    files.put(name, rest.substr(0, length));
    rest.remove_prefix(std::min(length, rest.size()));
  }
  const auto weights = tensor::open_zero_weights(files, "/w");
  if (!weights) {
    SLIPWAY_CHECK(describe(weights.error()).find('\n') == std::string::npos);
    return 0;
  }
  read_all(*weights->source);
  if (weights->masters) read_all(*weights->masters);
  return 0;
}
