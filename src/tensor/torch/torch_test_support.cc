#include "tensor/torch/torch_test_support.h"

#include <cstring>

namespace slipway::testing {

using namespace std::string_literals;

namespace {

std::string little(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i, value >>= 8U) out += static_cast<char>(value & 0xffU);
  return out;
}

std::string tuple(const std::vector<std::uint64_t>& values) {
  std::string out = "(";
  for (const std::uint64_t value : values) out += number(value);
  return out + "t";
}

}  // namespace

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& records) {
  std::string file, directory;
  for (const auto& [name, body] : records) {
    const std::string path = "archive/" + name;
    directory += "PK\1\2" + std::string(16, '\0') + little(body.size(), 4) + little(body.size(), 4) +
                 little(path.size(), 2) + std::string(12, '\0') + little(file.size(), 4) + path;
    file += "PK\3\4" + std::string(22, '\0') + little(path.size(), 2) + little(0, 2) + path + body;
  }
  return file + directory + "PK\5\6" + std::string(4, '\0') + little(records.size(), 2) +
         little(records.size(), 2) + little(directory.size(), 4) + little(file.size(), 4) + little(0, 2);
}

std::string text(const std::string& value) { return "X" + little(value.size(), 4) + value; }

std::string number(std::uint64_t value) { return "\x8a\x08"s + little(value, 8); }

std::string list(const std::vector<std::string>& items) {
  std::string out = "](";
  for (const std::string& item : items) out += item;
  return out + "e";
}

std::string dict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "}(";
  for (const auto& [key, value] : items) out += text(key) + value;
  return out + "u";
}

std::string size_of(const std::vector<std::uint64_t>& shape) {
  return "ctorch\nSize\n" + tuple(shape) + "\x85R";
}

std::string TorchFileWriter::tensor(const std::string& type, const std::string& bytes,
                                    std::uint64_t element_bytes, const std::vector<std::uint64_t>& shape) {
  const std::string key = std::to_string(records_.size());
  records_.emplace_back("data/" + key, bytes);
  std::vector<std::uint64_t> stride(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) stride[i - 1] = stride[i] * shape[i];
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\n" + type + "Storage\n" +
         text(key) + text("cpu") + number(bytes.size() / element_bytes) + "tQ" + number(0) + tuple(shape) +
         tuple(stride) + "\x89}tR";
}

std::string TorchFileWriter::floats(const std::vector<float>& values, std::vector<std::uint64_t> shape) {
  std::string bytes(values.size() * 4, '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return tensor("Float", bytes, 4, shape.empty() ? std::vector<std::uint64_t>{values.size()} : shape);
}

std::string TorchFileWriter::finish(const std::string& root) const {
  auto records = records_;
  records.emplace(records.begin(), "data.pkl", "\x80\2"s + root + ".");
  return zip_of(records);
}

}  // namespace slipway::testing
