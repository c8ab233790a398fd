#include "hub/range_sink.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::hub {
namespace {

constexpr std::size_t kTextBytesMax = 16u << 10;
constexpr std::uint64_t kRefusalBytesMax = 1u << 20;

std::optional<std::uint64_t> range_start(const os::HttpResponse& response) {
  const std::string range = response.headers.find("Content-Range").value_or("");
  if (!range.starts_with("bytes ")) return std::nullopt;
  const auto start = json::parse(range.substr(6, range.find('-') - 6));
  return start ? start->as_uint() : std::nullopt;
}

// As an identity: without the quotes and the mark of a weak one.
std::string etag_of(const os::HttpResponse& response) {
  const std::string plain = response.headers.find("ETag").value_or("");
  const std::string etag = response.headers.find("X-Linked-Etag").value_or(plain);
  std::string_view text = etag;
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
    text = text.substr(1, text.size() - 2);
  return std::string(text);
}

}  // namespace

std::string RangeSink::header() const {
  if (range_.end != UINT64_MAX && range_.end > at_) return fmt::format("bytes={}-{}", at_, range_.end - 1);
  return at_ > 0 ? fmt::format("bytes={}-", at_) : "";
}

void RangeSink::begin_answer() {
  good_ = false;
  skip_ = 0;
  text_.clear();
  refusal_bytes_ = 0;
}

os::ReplySink RangeSink::sink() {
  return {.head = [this](const os::HttpResponse& head) { return take_head(head); },
          .body = [this](Bytes bytes) { return take_body(bytes); }};
}

Result<void> RangeSink::take_head(const os::HttpResponse& head) {
  const bool ranged = head.status == 206;
  if (!ranged && head.status != 200) return {};
  if (ranged && range_start(head) != at_) {
    return fail(ErrorCode::kProtocol,
                fmt::format("{}: bytes from {} were asked for, and others came; check the "
                            "endpoint, or a proxy in between",
                            what_, at_));
  }
  // A whole file for its first part would come once more for every other.
  const auto length = json::parse(head.headers.find("Content-Length").value_or("0"));
  const bool longer = length && length->as_uint().value_or(0) > range_.end;
  if (!ranged && (range_.begin > 0 || longer)) {
    return fail(ErrorCode::kUnsupported, fmt::format("{}: the server knows no ranges", what_));
  }
  const std::string etag = etag_of(head);
  const std::string& before = etag_.empty() ? range_.etag : etag_;
  if (!before.empty() && !etag.empty() && before != etag) {
    return fail(ErrorCode::kChanged,
                fmt::format("{} changed on the Hub while it was fetched; run again", what_));
  }
  if (!etag.empty()) etag_ = etag;
  skip_ = ranged ? 0 : at_;
  good_ = true;
  return {};
}

Result<void> RangeSink::take_body(Bytes bytes) {
  if (!good_) {
    text_.append(as_text(bytes).substr(0, kTextBytesMax - std::min(text_.size(), kTextBytesMax)));
    refusal_bytes_ += bytes.size();
    if (refusal_bytes_ <= kRefusalBytesMax) return {};
    return fail(
        ErrorCode::kProtocol,
        fmt::format("{}: the server refuses with more than {} bytes; check the endpoint, it may not be a Hub",
                    what_, kRefusalBytesMax));
  }
  const auto passed = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
  skip_ -= passed;
  bytes = bytes.subspan(passed);
  if (!bytes.empty() && at_ >= range_.end) {
    return fail(ErrorCode::kUnsupported, fmt::format("{}: the server sends more than the range", what_));
  }
  bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), range_.end - at_)));
  if (bytes.empty()) return {};
  SLIPWAY_TRY(write_(bytes));
  at_ += bytes.size();
  return {};
}

Result<Downloaded> RangeSink::downloaded(const os::HttpResponse& response) const {
  const auto linked = json::parse(response.headers.find("X-Linked-Size").value_or("null"));
  const auto promised = linked ? linked->as_uint() : std::nullopt;
  if (range_.end == UINT64_MAX && promised && *promised != at_) {
    return fail(ErrorCode::kCorruptData,
                fmt::format("{} has {} bytes and the Hub says {}; fetch it again", what_, at_, *promised));
  }
  return Downloaded{
      .commit = response.headers.find("X-Repo-Commit").value_or(""), .etag = etag_, .size = at_};
}

}  // namespace slipway::hub
