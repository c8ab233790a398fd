// transform/dequant/dequant_test_support.h - small models of bitsandbytes for tests, as a source.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "os/mem_file_system.h"
#include "slipway/json.h"
#include "slipway/tensor_source.h"
#include "support/safetensors_file.h"

namespace slipway::transform {

// Little-endian 32-bit words: of numbers, or of texts such as "0x3f800000".
std::string words_of(const json::Value& list);
std::string floats_of(const std::vector<float>& values);

// The tensors that bitsandbytes stores of one weight of `case` in bnb_4bit.json, under `name`.
std::vector<testing::TestTensor> stored_case(const json::Value& vectors, const json::Value& one,
                                             const std::string& name);

struct StoredModel {
  explicit StoredModel(const std::vector<testing::TestTensor>& tensors);
  os::MemFileSystem fs{};
  std::shared_ptr<const tensor::TensorSource> source{};
};

std::size_t index_of(const tensor::TensorSource& source, std::string_view name);
// The whole tensor, read in steps.
ByteVector read_in_steps(const tensor::TensorSource& source, std::size_t tensor, std::size_t step);

}  // namespace slipway::transform
