#include "flow/journal.h"

#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kMagic = "SLPJ0001";
constexpr std::string_view kMagicFamily = "SLPJ";
constexpr std::size_t kHeadBytes = 9;  // size, checksum, type
constexpr std::uint32_t kRecordBytesMax = 1u << 20;
constexpr std::uint64_t kJournalBytesMax = 64u << 20;

std::uint32_t load_u32(std::string_view at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = (value << 8) | static_cast<unsigned char>(at[i]);
  return value;
}

void store_u32(std::string& out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

std::string encode(RecordType type, const json::Value& body) {
  std::string payload(1, static_cast<char>(type));
  payload += json::print_compact(body);
  std::string record;
  store_u32(record, static_cast<std::uint32_t>(payload.size() - 1));
  store_u32(record, crc32c(as_bytes(payload)));
  return record + payload;
}

// The record at the start of `rest`, or nullopt when it is short or damaged.
std::optional<Record> decode(std::string_view rest, std::size_t& taken) {
  if (rest.size() < kHeadBytes) return std::nullopt;
  const std::uint32_t size = load_u32(rest);
  if (size > kRecordBytesMax || size > rest.size() - kHeadBytes) return std::nullopt;
  const std::string_view payload = rest.substr(8, size + 1);
  if (crc32c(as_bytes(payload)) != load_u32(rest.substr(4))) return std::nullopt;
  auto body = json::parse(payload.substr(1));
  if (!body) return std::nullopt;
  taken = kHeadBytes + size;
  return Record{static_cast<RecordType>(payload[0]), std::move(*body)};
}

// Whether a good record follows somewhere behind a bad one: then the damage is no torn write.
bool good_record_behind(std::string_view rest) {
  std::size_t taken = 0;
  for (std::size_t at = 1; at + kHeadBytes <= rest.size(); ++at) {
    if (decode(rest.substr(at), taken)) return true;
  }
  return false;
}

struct Decoded {
  std::vector<Record> records{};
  std::uint64_t end_bytes = 0;
};

Result<Decoded> decode_all(std::string_view text, const os::Path& path) {
  if (text.size() < kMagic.size()) return Decoded{};  // torn at birth
  if (!text.starts_with(kMagic)) {
    const bool newer = text.starts_with(kMagicFamily);
    return fail(newer ? ErrorCode::kUnsupported : ErrorCode::kCorruptData,
                newer ? fmt::format("{} was written by a newer Slipway; use that one", path)
                      : fmt::format("{} is no journal; move it away to begin anew", path));
  }
  Decoded decoded{.end_bytes = kMagic.size()};
  while (decoded.end_bytes < text.size()) {
    const std::string_view rest = text.substr(decoded.end_bytes);
    std::size_t taken = 0;
    auto record = decode(rest, taken);
    if (!record) {
      if (!good_record_behind(rest)) break;
      return fail(ErrorCode::kCorruptData, fmt::format("{} is damaged at byte {}; move it away to begin anew",
                                                       path, decoded.end_bytes));
    }
    if (record->type < RecordType::kOriginal || record->type > RecordType::kFacts) {
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{} was written by a newer Slipway; use that one", path));
    }
    decoded.records.push_back(std::move(*record));
    decoded.end_bytes += taken;
  }
  return decoded;
}

}  // namespace

Result<std::vector<Record>> Journal::read(os::FileSystem& fs, const os::Path& path) {
  auto text = os::read_file(fs, path, kJournalBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::vector<Record>{};
  if (!text) return std::unexpected(std::move(text).error());
  SLIPWAY_ASSIGN(Decoded decoded, decode_all(*text, path));
  return std::move(decoded.records);
}

Result<Journal> Journal::open(os::FileSystem& fs, const os::Path& path) {
  Journal journal(fs, path);
  SLIPWAY_ASSIGN(const bool there, os::exists(fs, path));
  if (there) {
    SLIPWAY_ASSIGN(const std::string text, os::read_file(fs, path, kJournalBytesMax));
    SLIPWAY_ASSIGN(Decoded decoded, decode_all(text, path));
    journal.records_ = std::move(decoded.records);
    journal.end_bytes_ = decoded.end_bytes;
  }
  if (journal.end_bytes_ == 0) {
    SLIPWAY_TRY(os::replace_file(fs, path, as_bytes(kMagic)));
    journal.end_bytes_ = kMagic.size();
  }
  return journal;
}

Result<void> Journal::append(RecordType type, const json::Value& body) {
  const std::string record = encode(type, body);
  SLIPWAY_CHECK(record.size() <= kRecordBytesMax + kHeadBytes);
  SLIPWAY_ASSIGN(const auto file, fs_->open_write(path_));
  SLIPWAY_TRY(file->truncate(end_bytes_));
  SLIPWAY_TRY(file->write_at(end_bytes_, as_bytes(record)));
  SLIPWAY_TRY(file->sync());
  end_bytes_ += record.size();
  records_.push_back({type, body});
  return {};
}

}  // namespace slipway::flow
