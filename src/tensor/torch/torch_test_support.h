// tensor/torch/torch_test_support.h - files as torch.save writes them, put together by tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace slipway::testing {

// Stored entries under "archive/".
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& records);

// Parts of a pickle of protocol 2.
std::string text(const std::string& value);
std::string number(std::uint64_t value);
std::string list(const std::vector<std::string>& items);
std::string dict(const std::vector<std::pair<std::string, std::string>>& items);
std::string size_of(const std::vector<std::uint64_t>& shape);  // torch.Size

class TorchFileWriter {
 public:
  // A tensor in a storage of its own; "Float", "BFloat16", ... and its bytes.
  std::string tensor(const std::string& type, const std::string& bytes, std::uint64_t element_bytes,
                     const std::vector<std::uint64_t>& shape);
  std::string floats(const std::vector<float>& values, std::vector<std::uint64_t> shape = {});
  std::string finish(const std::string& root) const;

 private:
  std::vector<std::pair<std::string, std::string>> records_{};
};

}  // namespace slipway::testing
