// nf4_answers FOLDER FILE nf4|fp4 [nested]: the weights of FOLDER as a training saw them that loaded them in
// 4 bits, as one safetensors file.
#include <cstdio>
#include <string_view>

#include "os/path.h"
#include "os/posix_file_system.h"
#include "slipway/safetensors.h"
#include "transform/dequant/round_trip.h"

using namespace slipway;

namespace {

Result<std::string> made(os::FileSystem& fs, const std::string& folder,
                         const transform::OnLoadSettings& how) {
  SLIPWAY_ASSIGN(const tensor::OpenedWeights weights, tensor::open_weights(fs, folder, "model"));
  SLIPWAY_ASSIGN(const auto source, transform::nf4_round_trip(weights.source, how));
  std::vector<tensor::TensorSpec> specs;
  for (const tensor::TensorInfo& info : source->catalogue())
    specs.push_back({info.name, info.dtype, info.shape});
  SLIPWAY_ASSIGN(const auto layout, tensor::lay_out_safetensors(specs, {{"format", "pt"}}));
  std::string file = layout.header;
  file.resize(layout.file_size_bytes);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::span<char> place(file.data() + layout.offset_bytes[i], source->catalogue()[i].size_bytes);
    SLIPWAY_TRY(source->prepare(i));
    SLIPWAY_TRY(source->read(i, 0, std::as_writable_bytes(place)));
  }
  return file;
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) return 2;
  os::PosixFileSystem fs;
  const auto type = transform::parse_four_bit(words[3]);
  const bool nested = count > 4 && std::string_view(words[4]) == "nested";
  const auto file = made(fs, words[1], {.type = type.value(), .nested = nested});
  const auto done =
      file ? os::replace_file(fs, words[2], as_bytes(*file)) : Result<void>(std::unexpect, file.error());
  if (!done) std::fprintf(stderr, "%s\n", describe(done.error()).c_str());
  return done ? 0 : 1;
}
