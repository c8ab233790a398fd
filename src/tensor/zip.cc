#include "tensor/zip.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

constexpr std::uint64_t kEntriesMax = 65'536;
constexpr std::uint64_t kDirectoryBytesMax = 16u << 20;
constexpr std::uint64_t kNameBytesMax = 4096;
constexpr std::uint64_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20, kCentralBytes = 46,
                        kLocalBytes = 30;
constexpr std::uint32_t kEndMark = 0x06054b50, kEnd64Mark = 0x06064b50, kLocatorMark = 0x07064b50,
                        kCentralMark = 0x02014b50, kLocalMark = 0x04034b50;
constexpr std::uint64_t kInExtra = 0xffffffff;

std::unexpected<Error> corrupt(const os::ReadFile& file, std::string_view what) {
  return fail(ErrorCode::kCorruptData, fmt::format("{}: {}", file.name(), what));
}

std::uint64_t number(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8U | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}
std::uint64_t u16(Bytes bytes, std::size_t at) { return number(bytes, at, 2); }
std::uint64_t u32(Bytes bytes, std::size_t at) { return number(bytes, at, 4); }
std::uint64_t u64(Bytes bytes, std::size_t at) { return number(bytes, at, 8); }

struct Directory {
  std::uint64_t at = 0;  // from the start of the archive
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
};

// As the directory has it, before its payload is looked for.
struct Central {
  std::string name{};
  std::uint64_t flags = 0, method = 0, packed = 0, size = 0, local = 0;
};

class Opening {
 public:
  Opening(os::ReadFile& file, std::uint64_t begin, std::uint64_t size)
      : file_(file), begin_(begin), size_(size) {}

  Result<std::vector<Central>> directory() {
    SLIPWAY_ASSIGN(where_, find_directory());
    if (where_.entries > kEntriesMax || where_.size > kDirectoryBytesMax)
      return fail(ErrorCode::kUnsupported, fmt::format("{}: the archive has too many entries", file_.name()));
    if (where_.at > size_ || where_.size > size_ - where_.at)
      return corrupt(file_, "the archive's directory lies outside of it");
    SLIPWAY_ASSIGN(const ByteVector bytes, read(where_.at, where_.size));
    std::vector<Central> found;
    Bytes rest = bytes;
    for (std::uint64_t i = 0; i < where_.entries; ++i) {
      SLIPWAY_ASSIGN(Central one, take_central(rest));
      found.push_back(std::move(one));
    }
    if (!rest.empty()) return corrupt(file_, "the archive's directory holds more entries than it counts");
    return found;
  }

  // Where the payload lies: the local header has name and padding of its own length.
  Result<std::uint64_t> payload(const Central& entry) {
    if (entry.local > where_.at || where_.at - entry.local < kLocalBytes)
      return bad(entry, "lies outside of the archive");
    SLIPWAY_ASSIGN(const ByteVector head, read(entry.local, kLocalBytes));
    if (u32(head, 0) != kLocalMark) return bad(entry, "has no header");
    const std::uint64_t named = u16(head, 26), start = entry.local + kLocalBytes + named + u16(head, 28);
    if (start > where_.at || entry.packed > where_.at - start)
      return bad(entry, "runs past the archive's end");
    if (named != entry.name.size()) return bad(entry, "has two names");
    SLIPWAY_ASSIGN(const ByteVector name, read(entry.local + kLocalBytes, named));
    if (as_text(name) != entry.name) return bad(entry, "has two names");
    if ((u16(head, 6) & 1U) != 0 || u16(head, 8) != entry.method)
      return bad(entry, "is described in two ways");
    return start;
  }

  std::unexpected<Error> bad(const Central& entry, std::string_view what) const {
    return corrupt(file_, fmt::format("the entry {} {}", shown_name(entry.name), what));
  }

 private:
  Result<ByteVector> read(std::uint64_t at, std::uint64_t size) {
    ByteVector bytes(static_cast<std::size_t>(size));
    SLIPWAY_TRY(file_.read_exact(begin_ + at, bytes));
    return bytes;
  }

  Result<Directory> find_directory() {
    if (size_ < kEndBytes) return corrupt(file_, "is too short for a zip archive");
    const std::uint64_t tail = std::min<std::uint64_t>(size_, kEndBytes + 0xffff);
    SLIPWAY_ASSIGN(const ByteVector bytes, read(size_ - tail, tail));
    for (std::uint64_t at = tail - kEndBytes + 1; at-- > 0;) {
      if (u32(bytes, at) != kEndMark || u16(bytes, at + 20) != tail - at - kEndBytes) continue;
      const std::uint64_t end = size_ - tail + at;
      const Directory small{
          .at = u32(bytes, at + 16), .size = u32(bytes, at + 12), .entries = u16(bytes, at + 10)};
      return big_directory(end, small);
    }
    return corrupt(file_,
                   "is no whole zip archive: its end, with the directory, is missing; copy the file again");
  }

  // The 64-bit record, where there is one, before the end record.
  Result<Directory> big_directory(std::uint64_t end, const Directory& small) {
    if (end < kLocatorBytes + kEnd64Bytes) return small;
    SLIPWAY_ASSIGN(const ByteVector locator, read(end - kLocatorBytes, kLocatorBytes));
    if (u32(locator, 0) != kLocatorMark) return small;
    const std::uint64_t at = u64(locator, 8);
    if (at > end - kLocatorBytes || end - kLocatorBytes - at < kEnd64Bytes)
      return corrupt(file_, "the archive's 64-bit directory lies outside of it");
    SLIPWAY_ASSIGN(const ByteVector record, read(at, kEnd64Bytes));
    if (u32(record, 0) != kEnd64Mark)
      return corrupt(file_, "the archive has no 64-bit directory where it should be");
    const Directory big{.at = u64(record, 48), .size = u64(record, 40), .entries = u64(record, 32)};
    const bool alike = agree(small.at, big.at, 0xffffffff) && agree(small.size, big.size, 0xffffffff) &&
                       agree(small.entries, big.entries, 0xffff);
    if (!alike) return corrupt(file_, "the archive has two directories that differ");
    return big;
  }

  // What does not fit into the small record is all ones there.
  static bool agree(std::uint64_t small, std::uint64_t big, std::uint64_t all_ones) {
    return small == big || small == all_ones;
  }

  Result<Central> take_central(Bytes& rest) {
    if (rest.size() < kCentralBytes || u32(rest, 0) != kCentralMark)
      return corrupt(file_, "the archive's directory is damaged");
    Central one{.flags = u16(rest, 8),
                .method = u16(rest, 10),
                .packed = u32(rest, 20),
                .size = u32(rest, 24),
                .local = u32(rest, 42)};
    const std::uint64_t named = u16(rest, 28), extra = u16(rest, 30), comment = u16(rest, 32);
    if (named > kNameBytesMax || rest.size() - kCentralBytes < named + extra + comment)
      return corrupt(file_, "the archive's directory is damaged");
    one.name = as_text(rest.subspan(kCentralBytes, named));
    SLIPWAY_TRY(take_wide(rest.subspan(kCentralBytes + named, extra), one));
    rest = rest.subspan(kCentralBytes + named + extra + comment);
    return one;
  }

  // The 64-bit fields hold only what did not fit, in a fixed order.
  Result<void> take_wide(Bytes extra, Central& one) {
    while (extra.size() >= 4) {
      const std::uint64_t id = u16(extra, 0), size = u16(extra, 2);
      if (size > extra.size() - 4) return corrupt(file_, "the archive's directory is damaged");
      Bytes body = extra.subspan(4, size);
      extra = extra.subspan(4 + size);
      if (id != 1) continue;
      for (std::uint64_t* field : {&one.size, &one.packed, &one.local}) {
        if (*field != kInExtra) continue;
        if (body.size() < 8) return corrupt(file_, "the archive's directory is damaged");
        *field = u64(body, 0);
        body = body.subspan(8);
      }
    }
    return {};
  }

  os::ReadFile& file_;
  std::uint64_t begin_;
  std::uint64_t size_;
  Directory where_{};
};

// An entry's header and payload.
struct Extent {
  std::string name{};
  std::uint64_t begin = 0, end = 0;
};

// Two entries may not share a name, and not a byte either.
Result<void> check_apart(const os::ReadFile& file, std::vector<Extent> entries) {
  std::ranges::sort(entries, {}, &Extent::name);
  const auto twin = std::ranges::adjacent_find(entries, {}, &Extent::name);
  if (twin != entries.end())
    return corrupt(file, fmt::format("two entries of the archive have the name {}", shown_name(twin->name)));
  std::ranges::sort(entries, {}, &Extent::begin);
  const auto overlap =
      std::ranges::adjacent_find(entries, [](const Extent& a, const Extent& b) { return a.end > b.begin; });
  if (overlap == entries.end()) return {};
  return corrupt(file, fmt::format("the entries {} and {} of the archive overlap", shown_name(overlap->name),
                                   shown_name(std::next(overlap)->name)));
}

}  // namespace

Result<ZipArchive> ZipArchive::open(os::ReadFile& file, std::uint64_t offset_bytes,
                                    std::uint64_t size_bytes) {
  Opening opening(file, offset_bytes, size_bytes);
  SLIPWAY_ASSIGN(const std::vector<Central> listed, opening.directory());
  if (listed.empty()) return corrupt(file, "is an empty zip archive");
  ZipArchive archive;
  std::vector<Extent> extents;
  archive.prefix_ = listed.front().name.substr(0, listed.front().name.find('/'));
  for (const Central& one : listed) {
    if (!one.name.starts_with(archive.prefix_ + "/"))
      return corrupt(file, "the archive has more than one folder");
    constexpr std::uint64_t kStored = 0, kDeflated = 8, kEncrypted = 1;
    if ((one.flags & kEncrypted) != 0 || (one.method != kStored && one.method != kDeflated))
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{}: the entry {} is encrypted or packed in a way that is not read",
                              file.name(), shown_name(one.name)));
    if (one.method == kStored && one.packed != one.size)
      return opening.bad(one, "is stored and has two sizes");
    SLIPWAY_ASSIGN(const std::uint64_t start, opening.payload(one));
    extents.push_back({.name = one.name, .begin = one.local, .end = start + one.packed});
    archive.entries_.push_back({.name = one.name.substr(archive.prefix_.size() + 1),
                                .offset_bytes = offset_bytes + start,
                                .size_bytes = one.size,
                                .stored = one.method == kStored});
  }
  SLIPWAY_TRY(check_apart(file, std::move(extents)));
  for (std::size_t i = 0; i < archive.entries_.size(); ++i)
    archive.index_.emplace(archive.entries_[i].name, i);
  return archive;
}

Result<ZipEntry> ZipArchive::find(const std::string& name) const {
  const auto at = index_.find(name);
  if (at == index_.end())
    return fail(ErrorCode::kNotFound, fmt::format("the archive has no {}/{}", prefix_, name));
  const ZipEntry& entry = entries_[at->second];
  if (!entry.stored)
    return fail(ErrorCode::kUnsupported,
                fmt::format("{}/{} is compressed; save the file anew with torch.save", prefix_, name));
  return entry;
}

}  // namespace slipway::tensor
