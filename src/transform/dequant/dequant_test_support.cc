#include "transform/dequant/dequant_test_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include "base/encoding.h"
#include "slipway/safetensors.h"
#include "support/golden.h"

namespace slipway::transform {
namespace {

using tensor::Dtype;
using testing::TestTensor;

std::vector<std::uint64_t> extents(const json::Value& list) {
  std::vector<std::uint64_t> shape;
  for (const json::Value& item : list.items()) shape.push_back(*item.as_uint());
  return shape;
}

std::string bytes_of(const json::Value& list) {
  std::string bytes;
  for (const json::Value& item : list.items()) bytes += static_cast<char>(*item.as_uint());
  return bytes;
}

// A case may take the map of the one before.
std::string nested_map(const json::Value& vectors, const json::Value& nested) {
  const json::Value* map = nested.find("nested_quant_map_f32");
  if (map->is_array()) return words_of(*map);
  for (const json::Value& other : vectors.find("dequant_cases")->items()) {
    const json::Value* there = other.find("nested");
    if (there != nullptr && there->find("nested_quant_map_f32")->is_array())
      return words_of(*there->find("nested_quant_map_f32"));
  }
  return "";
}

std::string state_text(const json::Value& one) {
  std::string text =
      fmt::format(R"({{"quant_type": "{}", "blocksize": {}, "dtype": "{}", "shape": [{}])",
                  testing::text_of(one, "quant_type"), *one.find("blocksize")->as_uint(),
                  testing::text_of(one, "dtype"), fmt::join(extents(*one.find("shape")), ", "));
  if (const json::Value* nested = one.find("nested")) {
    text += fmt::format(R"(, "nested_blocksize": {}, "nested_dtype": "float32", "nested_offset": {})",
                        *nested->find("nested_blocksize")->as_uint(),
                        nested->find("nested_offset")->number_text());
  }
  return text + "}";
}

}  // namespace

std::string words_of(const json::Value& list) {
  std::string bytes;
  for (const json::Value& item : list.items()) {
    const std::uint32_t word = item.is_string()
                                   ? static_cast<std::uint32_t>(std::stoul(item.string(), nullptr, 16))
                                   : std::bit_cast<std::uint32_t>(static_cast<float>(*item.as_double()));
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return bytes;
}

std::string floats_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::vector<TestTensor> stored_case(const json::Value& vectors, const json::Value& one,
                                    const std::string& name) {
  const std::string type = testing::text_of(one, "quant_type");
  const std::string state = state_text(one);
  const auto codes = base64_decode(testing::text_of(one, "packed_b64"));
  std::vector<TestTensor> tensors{
      {name, Dtype::kU8, extents(*one.find("packed_shape")), codes.value()},
      {name + ".quant_map", Dtype::kF32, {16}, words_of(*vectors.find(type + "_table_f32_hex"))},
      {name + ".quant_state.bitsandbytes__" + type, Dtype::kU8, {state.size()}, state}};
  const json::Value* nested = one.find("nested");
  if (nested == nullptr) {
    const std::string scales = words_of(*one.find("absmax_f32"));
    tensors.push_back({name + ".absmax", Dtype::kF32, {scales.size() / 4}, scales});
    return tensors;
  }
  const std::string scales = bytes_of(*nested->find("absmax_u8"));
  const std::string groups = words_of(*nested->find("nested_absmax_f32"));
  tensors.push_back({name + ".absmax", Dtype::kU8, {scales.size()}, scales});
  tensors.push_back({name + ".nested_absmax", Dtype::kF32, {groups.size() / 4}, groups});
  tensors.push_back({name + ".nested_quant_map", Dtype::kF32, {256}, nested_map(vectors, *nested)});
  return tensors;
}

StoredModel::StoredModel(const std::vector<TestTensor>& tensors) {
  fs.put("/m/model.safetensors", testing::safetensors_file(tensors));
  source = tensor::open_weights(fs, "/m", "model").value().source;
}

std::size_t index_of(const tensor::TensorSource& source, std::string_view name) {
  const auto all = source.catalogue();
  return static_cast<std::size_t>(std::ranges::find(all, name, &tensor::TensorInfo::name) - all.begin());
}

ByteVector read_in_steps(const tensor::TensorSource& source, std::size_t tensor, std::size_t step) {
  ByteVector bytes(source.catalogue()[tensor].size_bytes);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::size_t here = std::min(step, bytes.size() - at);
    const auto done = source.read(tensor, at, MutableBytes(bytes).subspan(at, here));
    EXPECT_TRUE(done) << describe(done.error());
  }
  return bytes;
}

}  // namespace slipway::transform
