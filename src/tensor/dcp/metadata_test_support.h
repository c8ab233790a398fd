// tensor/dcp/metadata_test_support.h - the `.metadata` of a checkpoint that a test describes.
//
// Threads    value
#pragma once

#include <string>
#include <vector>

#include "slipway/bytes.h"

namespace slipway::tensor {

struct FakeBox {
  std::vector<std::uint64_t> at{}, extent{};
  std::string file = "__0_0.distcp";
  std::uint64_t offset_bytes = 0, length_bytes = 0;
};
struct FakeTensor {
  std::string name{};
  std::vector<std::string> path{};
  std::vector<std::uint64_t> shape{};
  std::vector<FakeBox> boxes{};
  std::string dtype = "float32";
};
struct FakeMetadata {
  std::vector<FakeTensor> tensors{};
  std::vector<std::string> objects{};  // names of pickled values
  std::string metadata_module = "torch.distributed.checkpoint.metadata";
  std::string storage_module = "torch.distributed.checkpoint.filesystem";
  std::string property_module = "torch.distributed.checkpoint.metadata";
  std::string memory_format = "_MEM_FORMAT_ENCODING";
  std::string path_class = "pathlib\nPosixPath";  // of the checkpoint's folder
  std::string transforms{};                       // of every tensor's item
  bool store_boxes = true;                        // false: storage_data is empty
  bool planner_data = true;
};
std::string print_metadata(const FakeMetadata& metadata);

}  // namespace slipway::tensor
