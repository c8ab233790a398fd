// slipway/content.h - one file to be published, as a pure function from offset to bytes.
//
// Floor      os
// Contract   The size is known before the first byte; the same range gives the same bytes, every
//            time. Retry, resume and a second pass are then recomputation, and nothing is kept.
// Units      bytes
// Threads    share freely
// Errors     kIo, kCorruptData (a file that ends early), kChanged (a file that is not what it was)
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "slipway/bytes.h"
#include "slipway/file_system.h"
#include "slipway/http.h"
#include "slipway/result.h"

namespace slipway {

class Content {
 public:
  virtual ~Content() = default;
  virtual std::uint64_t size_bytes() const = 0;
  virtual Result<void> read(std::uint64_t offset, MutableBytes out) const = 0;  // fills `out`
};
using ContentPtr = std::shared_ptr<const Content>;

ContentPtr literal_content(std::string bytes);
// A range of a file. `expected` is its identity when it was looked at: a read after it changed
// (size or mtime) is kChanged and names the file. The file is opened at the first read and closed when
// the last byte of the range has been read, so that thousands of ranges need no thousands of open files.
ContentPtr file_content(os::FileSystem& fs, os::Path path, os::FileStat expected, std::uint64_t offset_bytes,
                        std::uint64_t size_bytes);
ContentPtr joined_content(std::vector<ContentPtr> parts);

// The content as an HTTP body.
std::shared_ptr<os::BodySource> content_body(ContentPtr content);

// kRefused when the content is longer than that.
Result<std::string> read_all(const Content& content, std::uint64_t size_bytes_max);
struct Digests {
  std::string sha256;         // of the bytes
  std::string git_blob_sha1;  // as git names them
};
Result<Digests> digest(const Content& content);
Digests digest_text(std::string_view text);

}  // namespace slipway
