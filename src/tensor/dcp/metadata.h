// tensor/dcp/metadata.h - what the `.metadata` of a PyTorch distributed checkpoint says: which boxes of which
// tensors lie where.
//
// Contract   Pure. Every tensor's boxes lie inside of its shape; their item is named where they hold
//            anything. Nothing is said here about boxes that overlap or leave holes, nor about the files.
// Limits     256 MiB, 4 million objects, 64 dimensions, 2^40 elements in a dimension
// Errors     kCorruptData, kUnsupported, kRefused (a name that has no place in one); the message names the
//            tensor
// Threads    value
// Source     torch/distributed/checkpoint/metadata.py, filesystem.py,
//            default_planner.py
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "slipway/bytes.h"
#include "slipway/dtype.h"
#include "slipway/result.h"

namespace slipway::tensor {

inline constexpr std::uint64_t kDcpMetadataBytesMax = 256u << 20;

// Bytes of a .distcp file that torch.save wrote: a whole archive.
struct DcpItem {
  std::string file{};  // a plain name
  std::uint64_t offset_bytes = 0;
  std::uint64_t length_bytes = 0;
  std::string transforms{};  // what the bytes went through, "zstd"; "" for none
};

struct DcpBox {
  std::vector<std::uint64_t> at{}, extent{};  // elements
  std::optional<DcpItem> item{};              // absent for an empty box that was not stored
};

struct DcpTensor {
  std::string name{};               // as stored: "model.lm_head.weight"
  std::vector<std::string> path{};  // of the dicts around it: "model", "lm_head.weight"
  std::string dtype{};              // torch's word for it
  std::vector<std::uint64_t> shape{};
  std::vector<DcpBox> boxes{};
};

struct DcpMetadata {
  std::vector<DcpTensor> tensors{};  // as they stand there
  std::size_t objects = 0;           // pickled values of other kinds: steps, schedulers
};

Result<DcpMetadata> parse_dcp_metadata(Bytes pickle);

}  // namespace slipway::tensor
