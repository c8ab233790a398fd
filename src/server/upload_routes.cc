#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "hub/wire/fields.h"
#include "hub/wire/types.h"
#include "server/gitattributes.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

constexpr std::uint64_t kAttributesBytesMax = 1u << 20;

// Whether a sample looks like text; it may end in the middle of a character.
bool looks_like_text(std::string_view sample) {
  if (sample.find('\0') != std::string_view::npos) return false;
  for (std::size_t cut = 0; cut <= 3 && cut <= sample.size(); ++cut) {
    if (is_utf8(sample.substr(0, sample.size() - cut))) return true;
  }
  return false;
}

Result<std::string> attributes_of(Hub& hub, const Files& files) {
  const auto at = files.find(".gitattributes");
  if (at == files.end()) return std::string();
  return hub.blobs.text(at->second.sha256, kAttributesBytesMax);
}

hub::wire::UploadMode mode_of(std::string_view attributes, const hub::wire::PreuploadFile& file) {
  using hub::wire::UploadMode;
  if (file.size == 0) return UploadMode::kRegular;
  const bool lfs =
      is_lfs_path(attributes, file.path) || file.size > kInlineFileBytesMax || !looks_like_text(file.sample);
  return lfs ? UploadMode::kLfs : UploadMode::kRegular;
}

// Whoever holds the address may send exactly this object: clients send no headers with it.
std::string signature(const Hub& hub, const std::string& oid, std::string_view size) {
  return sha256_hex(as_bytes(fmt::format("{}:{}:{}:{}", hub.secret, oid, size, hub.secret)));
}

}  // namespace

void preupload(Hub& hub, Exchange& exchange, const Place& place) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const auto asked = hub::wire::read_preupload(*body);
  if (refused(exchange, asked)) return;
  const auto files = hub.store->files(place.commit.tree);
  if (refused(exchange, files)) return;
  auto attributes = attributes_of(hub, *files);
  if (refused(exchange, attributes)) return;
  if (const auto sent = hub::wire::maybe_text(*body, "gitAttributes")) attributes = *sent;
  std::vector<hub::wire::PreuploadAnswer> answers;
  for (const hub::wire::PreuploadFile& file : *asked) {
    hub::wire::PreuploadAnswer answer{.path = file.path, .mode = mode_of(*attributes, file)};
    if (const auto at = files->find(file.path); at != files->end()) {
      answer.oid = at->second.lfs ? at->second.sha256 : at->second.oid;
    }
    answers.push_back(std::move(answer));
  }
  json::Value answer = hub::wire::write_preupload_answer(answers);
  answer.set("commitOid", place.commit.id);
  exchange.json(200, answer);
}

void lfs_batch(Hub& hub, Exchange& exchange, const RepoRow& repo) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const bool download = hub::wire::text_or(*body, "operation") == "download";
  const auto objects = hub::wire::read_lfs_batch(*body);
  if (refused(exchange, objects)) return;
  std::vector<hub::wire::LfsAnswer> answers;
  for (const hub::wire::LfsObject& object : *objects) {
    const auto stored = hub.blobs.has(object.oid);
    if (refused(exchange, stored)) return;
    hub::wire::LfsAnswer answer{.oid = object.oid, .size = object.size};
    const std::string size = std::to_string(object.size);
    const std::string href = fmt::format("{}/{}/lfs/objects/{}/{}?sig={}", exchange.base_url(), repo.full(),
                                         object.oid, size, signature(hub, object.oid, size));
    if (download) {
      answer.error = *stored ? std::nullopt : std::optional<std::string>("Object does not exist");
      answer.error_code = 404;
    } else if (!*stored) {
      answer.upload = hub::wire::LfsAction{.href = href};
      answer.verify =
          hub::wire::LfsAction{.href = fmt::format("{}/{}/lfs/verify", exchange.base_url(), repo.full())};
    }
    answers.push_back(std::move(answer));
  }
  os::Headers headers;
  json::Value answer = hub::wire::write_lfs_answer(answers);
  exchange.text(200, "application/vnd.git-lfs+json", json::print_compact(answer), std::move(headers));
}

void lfs_receive(Hub& hub, Exchange& exchange, const std::string& oid, const std::string& size) {
  const auto given = exchange.query("sig");
  const auto bytes = json::parse(size);
  const auto size_bytes = bytes ? bytes->as_uint() : std::nullopt;
  if (!hub::wire::is_sha256(oid) || !size_bytes || given.empty() ||
      given.back() != signature(hub, oid, size)) {
    return exchange.refuse({403, "", "this upload address is not signed by this Hub"});
  }
  const auto done = hub.blobs.receive(oid, *size_bytes, exchange.body());
  if (!refused(exchange, done)) exchange.empty(200);
}

void lfs_verify(Hub& hub, Exchange& exchange) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const std::string oid = hub::wire::text_or(*body, "oid");
  if (!hub::wire::is_sha256(oid)) return exchange.refuse({422, "", "\"oid\" must be a SHA-256"});
  const auto stored = hub.blobs.has(oid);
  if (refused(exchange, stored)) return;
  if (!*stored) return exchange.refuse({404, "", "the object is not stored"});
  exchange.json(200, json::Value::object());
}

}  // namespace slipway::server
