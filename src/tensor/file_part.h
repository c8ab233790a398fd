// tensor/file_part.h - a part of a file's content that shares its open file.
//
// Contract   a model has thousands of extents, and a process only so many descriptors
// Threads    share freely
#pragma once

#include <memory>
#include <utility>

#include "slipway/content.h"

namespace slipway::tensor {

class FilePart final : public Content {
 public:
  FilePart(ContentPtr file, std::uint64_t begin, std::uint64_t size_bytes)
      : file_(std::move(file)), begin_(begin), size_bytes_(size_bytes) {}

  std::uint64_t size_bytes() const override { return size_bytes_; }
  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    SLIPWAY_CHECK(offset <= size_bytes_ && out.size() <= size_bytes_ - offset);
    return file_->read(begin_ + offset, out);
  }

 private:
  ContentPtr file_;
  std::uint64_t begin_;
  std::uint64_t size_bytes_;
};

}  // namespace slipway::tensor
