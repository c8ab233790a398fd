#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "slipway/safetensors.h"
#include "support/golden.h"
#include "support/safetensors_file.h"
#include "tensor/finite.h"

namespace slipway::tensor {
namespace {

using testing::container;

// A file in memory that remembers how far it was asked to read.
class TextFile final : public os::ReadFile {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    largest_read = std::max(largest_read, out.size());
    if (offset >= text_.size()) return 0;
    const std::size_t size = std::min<std::size_t>(out.size(), text_.size() - offset);
    std::memcpy(out.data(), text_.data() + offset, size);
    return size;
  }
  Result<os::FileStat> stat() override { return os::FileStat{.size_bytes = text_.size()}; }

  std::size_t largest_read = 0;

 private:
  std::string text_;
};

Result<SafetensorsHeader> read(const std::string& text) {
  TextFile file(text);
  return read_safetensors_header(file, text.size());
}

std::string error_of(std::string_view header, std::string_view data) {
  const auto read_header = read(container(header, data));
  return read_header ? "accepted" : describe(read_header.error());
}

// The data bytes of a file's BOOL tensors that are neither 0 nor 1.
std::uint64_t odd_bools(const std::string& file, const SafetensorsHeader& header) {
  std::uint64_t odd = 0;
  for (const TensorInfo& tensor : header.tensors) {
    if (tensor.dtype != Dtype::kBool) continue;
    odd += count_odd_bools(as_bytes(file).subspan(tensor.file_offset_bytes, tensor.size_bytes));
  }
  return odd;
}

std::string verdict(const std::string& file) {
  const auto header = read(file);
  if (!header) return header.error().code == ErrorCode::kCorruptData ? "reject" : describe(header.error());
  return header->warnings.empty() && odd_bools(file, *header) == 0 ? "accept" : "warn";
}

TEST(SafetensorsHeader, GivesTheStrictVerdictOnEveryGoldenFile) {
  for (const json::Value& one : testing::golden_cases("safetensors/safetensors_cases.json")) {
    const std::string file = base64_decode(testing::text_of(one, "file_b64")).value();
    EXPECT_EQ(verdict(file), testing::text_of(one, "strict")) << testing::text_of(one, "id");
  }
}

TEST(SafetensorsHeader, NamesWhatStandsInAFilesPlace) {
  const auto words = [](const std::string& text) { return describe(read(text).error()); };
  EXPECT_NE(
      words("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n").find("Git LFS pointer"),
      std::string::npos);
  EXPECT_NE(words("<!DOCTYPE html><title>404</title>").find("a web page"), std::string::npos);
  EXPECT_NE(words("version ").find("declares a header"), std::string::npos);
}

TEST(SafetensorsHeader, ReadsWhatTheGoldenFilesHold) {
  for (const json::Value& one : testing::golden_cases("safetensors/safetensors_cases.json")) {
    const json::Value* expected = one.find("tensors");
    const auto header = read(base64_decode(testing::text_of(one, "file_b64")).value());
    if (!header || expected == nullptr) continue;
    SCOPED_TRACE(testing::text_of(one, "id"));
    ASSERT_EQ(header->tensors.size(), expected->members().size());
    for (const TensorInfo& tensor : header->tensors) {
      const json::Value* row = expected->find(tensor.name);
      ASSERT_NE(row, nullptr) << tensor.name;
      const auto offsets = row->items()[2].items();
      EXPECT_EQ(dtype_name(tensor.dtype), row->items()[0].string());
      EXPECT_EQ(tensor.shape.size(), row->items()[1].items().size());
      EXPECT_EQ(tensor.file_offset_bytes, 8 + header->header_bytes + *offsets[0].as_uint());
      EXPECT_EQ(tensor.size_bytes, *offsets[1].as_uint() - *offsets[0].as_uint());
    }
  }
}

TEST(SafetensorsHeader, NeverReadsOrAllocatesAheadOfWhatTheFileHolds) {
  TextFile file(std::string("\x00\xE1\xF5\x05\x00\x00\x00\x00{}", 10));  // declares 100,000,000
  EXPECT_FALSE(read_safetensors_header(file, 10));
  EXPECT_LE(file.largest_read, 8u);
}

TEST(SafetensorsHeader, ReadsAHeaderLargerThanOneStep) {
  std::string padded(3 << 20, ' ');
  padded += R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  EXPECT_EQ(error_of(padded, "x"), "accepted");
}

TEST(SafetensorsHeader, NamesTheTensorThatLies) {
  EXPECT_EQ(error_of(R"({"a.b":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"),
            R"(tensor "a.b" takes 4 bytes, but its shape and dtype need 8)");
  EXPECT_EQ(error_of(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", "12"),
            R"(the file ends 2 bytes early, in or before tensor "a": copy it again)");
  EXPECT_EQ(error_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "123"),
            "2 bytes after the last tensor belong to none");
}

TEST(SafetensorsHeader, ShowsHostileNamesOnOneShortLine) {
  const std::string name = "\\n\\u001b[31m" + std::string(100'000, 'x');
  const std::string message = error_of("{\"" + name + "\":{}}", "");
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(message.size(), 400u);
}

TEST(SafetensorsHeader, RefusesEveryTruncationOfAGoodFile) {
  const std::string good = testing::safetensors_file({{"a", Dtype::kF32, {2}}, {"b", Dtype::kBF16, {3}}});
  ASSERT_TRUE(read(good));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(read(good.substr(0, size))) << size;
}

TEST(SafetensorsHeader, KeepsMetadata) {
  const auto header = read(testing::safetensors_file({}, {{"format", "pt"}, {"made by", "a test"}}));
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->has_metadata);
  EXPECT_EQ(header->metadata.at("made by"), "a test");
}

}  // namespace
}  // namespace slipway::tensor
