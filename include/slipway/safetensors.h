// slipway/safetensors.h - read the safetensors container without trusting it, and write it exactly.
//
// Floor      tensor
// Format     docs/format/safetensors.md: u64 little-endian header length N, N bytes of JSON, data.
// Limits     header at most 100 MB when reading, 25 MB when writing (a Hub client stops there);
//            nothing is allocated on the file's word alone; tensors must tile the data section
//            exactly, with no hole, overlap or spare byte.
// Source     huggingface/safetensors README "Format" and src/tensor.rs; stricter where its reader is
//            lax (duplicate names), as the format document says.
// Threads    values; a SafetensorsFile is immutable once open: share it
// Errors     kCorruptData naming the file and the tensor that lies; kNotFound; kIo
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/bytes.h"
#include "slipway/content.h"
#include "slipway/file_system.h"
#include "slipway/result.h"
#include "slipway/tensor_source.h"

namespace slipway::tensor {

inline constexpr std::uint64_t kHeaderBytesMax = 100'000'000;
inline constexpr std::uint64_t kWrittenHeaderBytesMax = 25'000'000;

struct SafetensorsHeader {
  std::uint64_t header_bytes = 0;                 // N; data begins at 8 + N
  std::map<std::string, std::string> metadata{};  // __metadata__
  bool has_metadata = false;
  std::vector<TensorInfo> tensors{};    // by offset; file is empty, file_offset_bytes is absolute
  std::vector<std::string> warnings{};  // legal but odd: an unknown field, an empty name
};

// Checks `header` (the N bytes) against the size of the whole file. Pure; total on any input.
Result<SafetensorsHeader> parse_safetensors_header(Bytes header, std::uint64_t file_size_bytes);

// Reads and checks the header of one file; no tensor byte is touched.
Result<SafetensorsHeader> read_safetensors_header(os::ReadFile& file, std::uint64_t file_size_bytes);

struct TensorSpec {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<std::uint64_t> shape{};
};

// How the official writer lays the tensors out: dtype descending, then name by bytes.
struct SafetensorsLayout {
  std::string header{};                       // length, JSON and padding: the file's first bytes
  std::vector<std::size_t> order{};           // file order, as indices into the given specs
  std::vector<std::uint64_t> offset_bytes{};  // of each given spec, from the start of the file
  std::uint64_t file_size_bytes = 0;
};
Result<SafetensorsLayout> lay_out_safetensors(const std::vector<TensorSpec>& tensors,
                                              const std::map<std::string, std::string>& metadata);

std::uint64_t tensor_size_bytes(const TensorSpec& spec);  // 0 when it overflows or is no whole byte
                                                          // (lay_out_safetensors refuses those)

// The weights of a folder as one source: `model.safetensors`, or the shards that its index names, or
// `adapter_model.safetensors`. Every shard's header is read and compared with the index: a tensor
// that is missing, stands twice or in another file is kCorruptData naming both.
struct WeightSet {
  std::vector<std::string> files{};     // relative, in the order of the index's shard names
  std::string index_file{};             // "" when there is none
  std::string index_text{};             // as read
  std::vector<std::string> warnings{};  // each begins with the file it is about
  std::vector<std::string> doubts{};    // of these, what one file says and the others do not
  std::vector<std::string> stale{};     // relative, never read: an index beside a single file,
                                        // shards of this stem that the set does not use
  std::set<std::string> own_dtype{};    // tensors that training keeps in a type of their own: buffers
};
struct OpenedWeights {
  WeightSet set;
  std::shared_ptr<const TensorSource> source;
  // The same tensors as training computes with them, in 32 bits, where both are there.
  std::shared_ptr<const TensorSource> masters{};
};
Result<OpenedWeights> open_weights(os::FileSystem& fs, const os::Path& folder, std::string_view stem);
// stem: "model" or "adapter_model". kNotFound when neither file nor index is there. Where both are, the
// single file is taken, as loaders do. An error's context begins with the file at fault.
// Catalogue order: by file, then by offset. `fs` must outlive the source and every extent of it.

}  // namespace slipway::tensor
