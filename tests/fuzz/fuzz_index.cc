// Any text as a weight index: refused or read, never a crash; every file it names is a plain name, and
// what is printed reads back the same.
#include "os/path.h"
#include "tensor/index.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const auto index = tensor::parse_index({reinterpret_cast<const char*>(data), size});
  if (!index) return 0;
  for (const auto& [name, file] : index->weight_map) {
    SLIPWAY_CHECK(os::is_plain_relative(file) && file.find('/') == std::string::npos);
  }
  const auto again = tensor::parse_index(tensor::print_index(*index));
  SLIPWAY_CHECK(again && again->weight_map == index->weight_map && again->total_size == index->total_size &&
                again->total_parameters == index->total_parameters);
  return 0;
}
