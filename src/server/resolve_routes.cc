#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/whole_number.h"
#include "hub/wire/types.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // one past the last byte
};

// "bytes=a-b", "bytes=a-", "bytes=-n". Anything else is read as no range; nullopt in `ok`: not satisfiable.
std::optional<Range> parse_range(std::string_view header, std::uint64_t size, bool& satisfiable) {
  satisfiable = true;
  if (!header.starts_with("bytes=") || header.find(',') != std::string_view::npos) return std::nullopt;
  header.remove_prefix(6);
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = whole_number<std::uint64_t>(header.substr(0, dash));
  const auto last = whole_number<std::uint64_t>(header.substr(dash + 1));
  Range range{.begin = 0, .end = size};
  if (dash == 0) {
    if (!last) return std::nullopt;
    range.begin = size - std::min(size, *last);
  } else {
    if (!first) return std::nullopt;
    range.begin = *first;
    if (last && *last < size) range.end = *last + 1;
  }
  satisfiable = range.begin < range.end;
  return range;
}

os::Headers file_headers(const Place& place, const std::string& path, const FileRow& row) {
  const std::string etag = fmt::format("\"{}\"", row.lfs ? row.sha256 : row.oid);
  os::Headers headers{{"X-Repo-Commit", place.commit.id},
                      {"ETag", etag},
                      {"Accept-Ranges", "bytes"},
                      {"Content-Type", "application/octet-stream"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Disposition", fmt::format("inline; filename*=UTF-8''{}",
                                                          percent_encode(path.substr(path.rfind('/') + 1)))}};
  if (row.lfs) {
    headers.add("X-Linked-Size", std::to_string(row.size));
    headers.add("X-Linked-Etag", etag);
  }
  return headers;
}

void send_range(Hub& hub, Exchange& exchange, const FileRow& row, int status, const os::Headers& headers,
                const Range& range) {
  const auto file = hub.blobs.open(row.sha256);
  if (refused(exchange, file)) return;
  exchange.mark_replied();
  if (!exchange.response().begin(status, headers, range.end - range.begin) || exchange.method() == "HEAD")
    return;
  ByteVector piece(std::min<std::uint64_t>(kPieceBytes, std::max<std::uint64_t>(1, range.end - range.begin)));
  for (std::uint64_t at = range.begin; at < range.end;) {
    const MutableBytes part =
        MutableBytes(piece).first(std::min<std::uint64_t>(piece.size(), range.end - at));
    if (!(*file)->read_exact(at, part) || !exchange.response().write(part)) return;  // a cut reply says it
    at += part.size();
  }
}

// The row of a path, or the refusal that stock clients remember as "not there".
std::optional<FileRow> find_file(Hub& hub, Exchange& exchange, const Place& place, const std::string& path) {
  auto row = hub.store->file(place.commit.tree, path);
  if (refused(exchange, row)) return std::nullopt;
  if (*row) return std::move(**row);
  exchange.refuse(not_found("EntryNotFound", "Entry not found"), {{"X-Repo-Commit", place.commit.id}});
  return std::nullopt;
}

}  // namespace

void resolve(Hub& hub, Exchange& exchange, const Place& place, const std::string& path) {
  const auto row = find_file(hub, exchange, place, path);
  if (!row) return;
  os::Headers headers = file_headers(place, path, *row);
  const auto known = exchange.head().headers.find("If-None-Match");
  if (known && known == headers.find("ETag")) return exchange.empty(304, headers);
  bool satisfiable = true;
  const auto range = parse_range(exchange.head().headers.find("Range").value_or(""), row->size, satisfiable);
  if (range && row->size == 0) {  // a client that asks for byte 0 of an empty file is told its size
    headers.set("Content-Range", "bytes */0");
    return send_range(hub, exchange, *row, 200, headers, {0, 0});
  }
  if (range && !satisfiable) {
    headers.set("Content-Range", fmt::format("bytes */{}", row->size));
    return exchange.empty(416, headers);
  }
  if (!range) return send_range(hub, exchange, *row, 200, headers, {0, row->size});
  headers.set("Content-Range", fmt::format("bytes {}-{}/{}", range->begin, range->end - 1, row->size));
  send_range(hub, exchange, *row, 206, headers, *range);
}

void raw(Hub& hub, Exchange& exchange, const Place& place, const std::string& path) {
  const auto row = find_file(hub, exchange, place, path);
  if (!row) return;
  if (!row->lfs) return send_range(hub, exchange, *row, 200, file_headers(place, path, *row), {0, row->size});
  exchange.text(200, "text/plain; charset=utf-8", hub::wire::lfs_pointer(row->sha256, row->size),
                {{"X-Repo-Commit", place.commit.id}});
}

}  // namespace slipway::server
