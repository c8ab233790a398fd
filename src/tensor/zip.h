// tensor/zip.h - finds the entries of a zip archive that lies in a range of a file, as torch.save writes it.
//
// Contract   Names, places and sizes, from the directory at the end; no entry is read. Entries are stored,
//            not compressed; a compressed one is listed and refused when it is asked for. CRCs are not
//            looked at: torch does not check them and may leave them out.
// Limits     65,536 entries, names of 4 KiB, a directory of 16 MiB; one prefix before the first '/'
// Errors     kCorruptData (no archive, or one that lies about where things are), kUnsupported (compressed,
//            encrypted, TorchScript is the caller's to refuse), kNotFound
// Threads    value
// Source     PKWARE APPNOTE.TXT 4.3-4.5; pytorch caffe2/serialize/inline_container.cc
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "slipway/file_system.h"
#include "slipway/result.h"

namespace slipway::tensor {

struct ZipEntry {
  std::string name{};              // without the archive's prefix: "data.pkl", "data/0"
  std::uint64_t offset_bytes = 0;  // of the payload, from the start of the file
  std::uint64_t size_bytes = 0;
  bool stored = true;
};

class ZipArchive {
 public:
  // `size_bytes` from `offset_bytes` of the file; entries' local headers are read to find their payloads.
  static Result<ZipArchive> open(os::ReadFile& file, std::uint64_t offset_bytes, std::uint64_t size_bytes);

  const std::vector<ZipEntry>& entries() const { return entries_; }
  bool holds(const std::string& name) const { return index_.contains(name); }
  const std::string& prefix() const { return prefix_; }
  Result<ZipEntry> find(const std::string& name) const;

 private:
  std::string prefix_{};
  std::vector<ZipEntry> entries_{};  // in the directory's order
  std::unordered_map<std::string, std::size_t> index_{};
};

}  // namespace slipway::tensor
