// Large files over git-lfs: the batch, the bytes, joining parts, verification.
#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"
#include "hub/dates.h"
#include "hub/errors.h"
#include "hub/wire/fields.h"
#include "os/redirect.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kBatchMax = 256;
constexpr std::string_view kLfsJson = "application/vnd.git-lfs+json";

// Bytes [offset, offset + size) of a content as a body. Says how far they have been read; an attempt that
// begins anew does not count twice.
class PartBody final : public os::BodySource {
 public:
  PartBody(const Content& content, std::uint64_t offset, std::uint64_t size,
           const std::function<void(std::uint64_t)>& sent)
      : content_(content), offset_(offset), size_(size), sent_(sent) {}
  std::uint64_t size_bytes() const override { return size_; }
  Result<void> read(std::uint64_t offset, MutableBytes out) override {
    SLIPWAY_CHECK(offset <= size_ && out.size() <= size_ - offset);
    SLIPWAY_TRY(content_.read(offset_ + offset, out));
    reach(offset + out.size());
    return {};
  }
  void reach(std::uint64_t end) {
    if (end <= told_) return;
    sent_(end - told_);
    told_ = end;
  }

 private:
  const Content& content_;  // the caller keeps it alive for the time of the call
  std::uint64_t offset_;
  std::uint64_t size_;
  const std::function<void(std::uint64_t)>& sent_;
  std::uint64_t told_ = 0;
};

bool has_key(std::string_view query, std::string_view key) {
  for (std::size_t at = 0; at < query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    const std::string_view pair = query.substr(at, end - at);
    const std::string_view name = pair.substr(0, pair.find('='));
    if (std::ranges::equal(
            name, key, {}, [](unsigned char c) { return std::tolower(c); },
            [](unsigned char c) { return std::tolower(c); }))
      return true;
    at = end + 1;
  }
  return false;
}

// An address that carries its own right: a header that it was not signed with would break it.
bool is_signed(std::string_view url) {
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return false;
  const std::string_view query = url.substr(question + 1);
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"X-Amz-Signature", "X-Goog-Signature", "Signature", "sig"},
      [&](std::string_view key) { return has_key(query, key); });
}

ErrorCode code_of_object_error(int code) {
  if (code == 401 || code == 403) return ErrorCode::kUnauthorized;
  if (code == 404) return ErrorCode::kNotFound;
  return code == 429 || code == 500 || code == 503 ? ErrorCode::kUnavailable : ErrorCode::kRefused;
}

std::optional<std::int64_t> valid_until(const wire::LfsAction& upload, std::int64_t now_unix_ms) {
  constexpr std::uint64_t kSecondsMax = 365ull * 24 * 3600;
  if (upload.expires_in_s && *upload.expires_in_s > 0 && *upload.expires_in_s < kSecondsMax)
    return now_unix_ms + static_cast<std::int64_t>(*upload.expires_in_s) * 1000;
  return parse_rfc3339(upload.expires_at);
}

}  // namespace

Result<wire::LfsAnswer> Client::settled(const Call& call, const std::string& asked,
                                        const std::vector<wire::LfsAnswer>& page,
                                        const wire::LfsObject& object) const {
  const auto found = std::ranges::find(page, object.oid, &wire::LfsAnswer::oid);
  if (found == page.end()) {
    return fail(ErrorCode::kProtocol,
                fmt::format("{} said nothing of object {} of {}", options_.endpoint, object.oid, call.what));
  }
  wire::LfsAnswer answer = *found;
  answer.size = object.size;
  if (answer.error) {
    return fail(code_of_object_error(answer.error_code),
                fmt::format("{} refuses object {} of {} ({}): {}", options_.endpoint, object.oid, call.what,
                            answer.error_code, fit(*answer.error, options_)));
  }
  if (!answer.upload) return answer;
  answer.valid_until_ms = valid_until(*answer.upload, world_.clock.unix_ms());
  answer.upload->href = at_endpoint(answer.upload->href, asked, options_.endpoint);
  if (answer.verify) answer.verify->href = at_endpoint(answer.verify->href, asked, options_.endpoint);
  auto parts = wire::lfs_parts(*answer.upload, object.size);
  if (!parts) {
    return fail(ErrorCode::kProtocol,
                fmt::format("{} answered for object {} of {} with a {}", options_.endpoint, object.oid,
                            call.what, fit(parts.error().message, options_)));
  }
  answer.parts = std::move(*parts);
  if (answer.parts) {
    for (std::string& url : answer.parts->urls) url = os::resolve_url(asked, url);
  }
  return answer;
}

Result<std::vector<wire::LfsAnswer>> Client::lfs_batch(const wire::RepoId& repo, std::string_view revision,
                                                       const std::vector<wire::LfsObject>& objects) {
  std::vector<wire::LfsAnswer> answers;
  for (std::size_t at = 0; at < objects.size(); at += kBatchMax) {
    const auto end = std::min(objects.size(), at + kBatchMax);
    const std::vector<wire::LfsObject> slice(objects.begin() + static_cast<std::ptrdiff_t>(at),
                                             objects.begin() + static_cast<std::ptrdiff_t>(end));
    Call call{.method = "POST",
              .path = fmt::format("/{}/{}.git/info/lfs/objects/batch", percent_encode(repo.owner),
                                  percent_encode(repo.name)),
              .what = repo.full(),
              .kind = CallKind::kIdempotentWrite,
              .repo = repo.full()};
    json::Value body = wire::write_lfs_batch(slice);
    if (!revision.empty() && !wire::pull_request_of_ref(revision))
      body.set("ref", json::Value::object({{"name", revision}}));
    set_json(call, body);
    call.headers.set("Content-Type", std::string(kLfsJson));
    call.headers.set("Accept", std::string(kLfsJson));
    SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
    SLIPWAY_ASSIGN(const auto page, understand(call, reply, wire::read_lfs_answer));
    for (const wire::LfsObject& object : slice) {
      SLIPWAY_ASSIGN(wire::LfsAnswer answer, settled(call, reply.response.final_url, page, object));
      answers.push_back(std::move(answer));
    }
  }
  return answers;
}

Result<std::string> Client::lfs_put(const wire::LfsAnswer& where, std::size_t index, const Content& content,
                                    const std::function<void(std::uint64_t)>& sent) {
  SLIPWAY_CHECK(where.upload && (!where.parts || index < where.parts->urls.size()));
  const std::uint64_t chunk = where.parts ? where.parts->chunk_bytes : content.size_bytes();
  const std::uint64_t offset = index * chunk;
  const std::uint64_t size = std::min(chunk, content.size_bytes() - offset);
  Call put{.method = "PUT",
           .path = where.parts ? where.parts->urls[index] : where.upload->href,
           .what = where.parts ? fmt::format("part {} of object {}", index + 1, where.oid)
                               : fmt::format("object {}", where.oid),
           .kind = CallKind::kIdempotentWrite,
           .anonymous = true};
  if (!where.parts && !is_signed(put.path)) {
    put.headers.set("Content-Type", "application/octet-stream");
    for (const auto& [name, value] : where.upload->header) put.headers.set(name, value);
  }
  const auto body = std::make_shared<PartBody>(content, offset, size, sent);
  put.body = body;
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(put));
  body->reach(size);
  std::string etag = reply.response.headers.find("ETag").value_or("");
  if (where.parts && (etag.empty() || !is_utf8(etag))) {
    return fail(
        ErrorCode::kProtocol,
        fmt::format("the storage took {} without a good 'ETag', so its parts cannot be joined", put.what));
  }
  return etag;
}

Result<void> Client::lfs_finish(const wire::LfsAnswer& where, const std::vector<std::string>& etags) {
  if (where.upload && where.parts) {
    Call join{.method = "POST",
              .path = where.upload->href,
              .what = fmt::format("object {}", where.oid),
              .kind = CallKind::kIdempotentWrite,
              .anonymous = true};
    set_json(join, wire::write_lfs_completion(where.oid, etags));
    join.headers.set("Content-Type", std::string(kLfsJson));
    join.headers.set("Accept", std::string(kLfsJson));
    SLIPWAY_TRY(send(join));
  }
  if (!where.verify) return {};
  Call verify{.method = "POST",
              .path = where.verify->href,
              .what = fmt::format("object {}", where.oid),
              .kind = CallKind::kIdempotentWrite};
  set_json(verify, json::Value::object({{"oid", where.oid}, {"size", where.size}}));
  for (const auto& [name, value] : where.verify->header) verify.headers.set(name, value);
  verify.headers.set("Content-Type", std::string(kLfsJson));
  SLIPWAY_TRY(send(verify));
  return {};
}

}  // namespace slipway::hub
