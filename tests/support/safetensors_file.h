// support/safetensors_file.h - small safetensors files and indexes for tests, made by our own writer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include "slipway/safetensors.h"
#include "tensor/index.h"

namespace slipway::testing {

struct TestTensor {
  std::string name;
  tensor::Dtype dtype = tensor::Dtype::kF32;
  std::vector<std::uint64_t> shape{};
  std::string bytes{};  // "" means zeros
};

inline std::string safetensors_file(const std::vector<TestTensor>& tensors,
                                    const std::map<std::string, std::string>& metadata = {{"format", "pt"}}) {
  std::vector<tensor::TensorSpec> specs;
  for (const TestTensor& tensor : tensors) specs.push_back({tensor.name, tensor.dtype, tensor.shape});
  const auto layout = tensor::lay_out_safetensors(specs, metadata).value();
  std::string file = layout.header;
  file.resize(layout.file_size_bytes);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    file.replace(layout.offset_bytes[i], tensors[i].bytes.size(), tensors[i].bytes);
  }
  return file;
}

// A container around any header text, also a wrong one.
inline std::string container(std::string_view header, std::string_view data) {
  std::string file;
  for (unsigned i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return file.append(header).append(data);
}

inline std::string index_of(const std::map<std::string, std::string>& weight_map, std::uint64_t total_size) {
  return tensor::print_index({.weight_map = weight_map, .total_size = total_size});
}

}  // namespace slipway::testing
