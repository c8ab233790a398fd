#include <limits>
#include <random>

#include "base/encoding.h"
#include "slipway/safetensors.h"
#include "support/golden.h"
#include "support/safetensors_file.h"
#include "support/source_dir.h"

namespace slipway::tensor {
namespace {

using testing::TestTensor;

std::vector<TestTensor> tensors_of(const json::Value& input) {
  std::vector<TestTensor> tensors;
  for (const json::Value& item : input.items()) {
    TestTensor tensor{.name = testing::text_of(item, "name"),
                      .dtype = parse_dtype(testing::text_of(item, "dtype")).value(),
                      .bytes = base64_decode(testing::text_of(item, "data_b64")).value()};
    for (const json::Value& extent : item.find("shape")->items())
      tensor.shape.push_back(extent.as_uint().value());
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

TEST(SafetensorsLayout, IsTheOfficialWritersByteForByte) {
  for (const json::Value& one : testing::golden_cases("safetensors/safetensors_writer.json")) {
    std::map<std::string, std::string> metadata;
    for (const auto& [key, value] : one.find("metadata")->members()) metadata.emplace(key, value.string());
    const std::string file = testing::safetensors_file(tensors_of(*one.find("input")), metadata);
    EXPECT_EQ(base64_encode(as_bytes(file)), testing::text_of(one, "file_b64"))
        << testing::text_of(one, "id");
  }
}

TEST(SafetensorsLayout, MakesTheWorkedExampleOfTheFormatPage) {
  const std::string file =
      testing::safetensors_file({{"a", Dtype::kBF16, {2}, std::string("\x80\x3f\x00\x40", 4)},
                                 {"b", Dtype::kF32, {1}, std::string("\x00\x00\xc0\x3f", 4)}});
  os::PosixFileSystem fs;
  const std::string page =
      os::read_file(fs, slipway::testing::source_dir() + "/docs/format/safetensors.md", 1 << 20).value();
  for (std::size_t at = 0; at < file.size(); at += 16) {
    std::string line = fmt::format("{:08x} ", at);
    for (const char c : std::string_view(file).substr(at, 16))
      line += fmt::format(" {:02x}", static_cast<unsigned char>(c));
    EXPECT_NE(page.find(line + "  |"), std::string::npos) << line;
  }
}

TEST(SafetensorsLayout, RefusesWhatTheFormatCannotHold) {
  const auto code = [](const std::vector<TensorSpec>& specs) {
    const auto layout = lay_out_safetensors(specs, {});
    return layout ? ErrorCode::kInternal : layout.error().code;
  };
  constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(code({{"a", Dtype::kU8, {1}}, {"a", Dtype::kF32, {1}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({{"__metadata__", Dtype::kU8, {1}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({{"\xFF", Dtype::kU8, {1}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({{"a", Dtype::kF4, {3}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({{"a", Dtype::kF32, {kHuge}}}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({{"a", Dtype::kU8, {kHuge / 8}}, {"b", Dtype::kU8, {kHuge}}}), ErrorCode::kInvalidArgument);
}

TEST(SafetensorsLayout, RefusesAHeaderThatHubClientsDoNotRead) {
  std::vector<TensorSpec> specs;
  for (int i = 0; i < 26; ++i)
    specs.push_back({fmt::format("{}{}", i, std::string(1'000'000, 'n')), Dtype::kU8, {1}});
  EXPECT_FALSE(lay_out_safetensors(specs, {}));
  specs.resize(24);
  EXPECT_TRUE(lay_out_safetensors(specs, {}));
}

TEST(SafetensorsLayout, SizesThatCannotBeAreZero) {
  EXPECT_EQ(tensor_size_bytes({"a", Dtype::kF6E2M3, {4}}), 3u);
  EXPECT_EQ(tensor_size_bytes({"a", Dtype::kF6E2M3, {3}}), 0u);
  EXPECT_EQ(tensor_size_bytes({"a", Dtype::kF32, {}}), 4u);
  EXPECT_EQ(tensor_size_bytes({"a", Dtype::kF32, {std::uint64_t{1} << 63, 4, 0}}), 0u);
}

std::vector<TensorSpec> random_specs(std::mt19937_64& random) {
  std::vector<TensorSpec> specs(random() % 12);
  for (std::size_t i = 0; i < specs.size(); ++i) {
    specs[i].name = fmt::format("{}\"\\\té.{}", random() % 3, i);
    specs[i].dtype = static_cast<Dtype>(random() % 22);
    specs[i].shape = {random() % 3, 8 * (random() % 3)};  // times 8: packed types fill whole bytes
  }
  return specs;
}

// Goal: what the writer lays out, the reader finds, whatever names, dtypes and order. Seeded.
TEST(SafetensorsLayoutProperty, ParsesBackToTheSameSpecs) {
  std::mt19937_64 random(20261125);
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE(::testing::Message() << "round " << round);
    const auto specs = random_specs(random);
    const auto layout = lay_out_safetensors(specs, {{"format", "pt"}}).value();
    const auto header = parse_safetensors_header(as_bytes(layout.header).subspan(8), layout.file_size_bytes);
    ASSERT_TRUE(header) << describe(header.error());
    ASSERT_EQ(header->tensors.size(), specs.size());
    EXPECT_EQ(layout.header.size() % 8, 0u);
    std::map<std::string, const TensorInfo*> found;
    for (const TensorInfo& tensor : header->tensors) found[tensor.name] = &tensor;
    for (std::size_t i = 0; i < specs.size(); ++i) {
      ASSERT_TRUE(found.contains(specs[i].name));
      EXPECT_EQ(found[specs[i].name]->dtype, specs[i].dtype);
      EXPECT_EQ(found[specs[i].name]->shape, specs[i].shape);
      EXPECT_EQ(found[specs[i].name]->file_offset_bytes, layout.offset_bytes[i]);
    }
  }
}

}  // namespace
}  // namespace slipway::tensor
