#include "hub/wire/lfs_offer.h"

#include <algorithm>

#include <fmt/format.h>

#include "hub/wire/fields.h"

namespace slipway::hub::wire {
namespace {

json::Value part_header(const LfsOffer& offer) {
  std::vector<std::pair<std::string, json::Value>> header{{"chunk_size", std::to_string(offer.part_size)}};
  for (std::size_t i = 0; i < offer.parts.size(); ++i)
    header.emplace_back(fmt::format("{:05}", i + 1), offer.parts[i]);
  return json::Value::object(std::move(header));
}

json::Value actions_of(const LfsOffer& offer) {
  json::Value upload = json::Value::object({{"href", offer.upload}});
  if (!offer.parts.empty()) upload.set("header", part_header(offer));
  if (!offer.expires_at.empty()) {
    upload.set("expires_in", offer.expires_in);
    upload.set("expires_at", offer.expires_at);
  }
  json::Value actions = json::Value::object({{"upload", std::move(upload)}});
  if (!offer.verify.empty()) actions.set("verify", json::Value::object({{"href", offer.verify}}));
  return actions;
}

std::string without_quotes(std::string_view tag) {
  const bool quoted = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
  return std::string(quoted ? tag.substr(1, tag.size() - 2) : tag);
}

}  // namespace

json::Value write_lfs_offers(const std::vector<LfsOffer>& offers) {
  json::Value rows = json::Value::array();
  bool multipart = false;
  for (const LfsOffer& offer : offers) {
    json::Value row = json::Value::object({{"oid", offer.oid}, {"size", offer.size}});
    if (offer.error) {
      row.set("error", json::Value::object({{"code", offer.error_code}, {"message", *offer.error}}));
    }
    // Stock clients take `{}` or null for something to send: the key is left out when all is stored.
    if (!offer.upload.empty()) row.set("actions", actions_of(offer));
    multipart = multipart || !offer.parts.empty();
    rows.push_back(std::move(row));
  }
  return json::Value::object({{"transfer", multipart ? "multipart" : "basic"},
                              {"objects", std::move(rows)},
                              {"hash_algo", "sha256"}});
}

bool offers_transfer(const json::Value& batch, std::string_view transfer) {
  const json::Value* transfers = batch.find("transfers");
  if (transfers == nullptr || !transfers->is_array()) return transfer == "basic";
  return std::ranges::any_of(transfers->items(),
                             [&](const json::Value& row) { return row.string() == transfer; });
}

Result<LfsCompletion> read_lfs_completion(const json::Value& body) {
  LfsCompletion completion;
  SLIPWAY_ASSIGN(completion.oid, need_text(body, "oid"));
  if (!is_sha256(completion.oid)) return malformed("the oid is no SHA-256");
  SLIPWAY_ASSIGN(const json::Value* parts, need_list(body, "parts"));
  const std::size_t count = parts->items().size();
  if (count > kLfsPartsMax) return malformed(fmt::format("more than {} parts", kLfsPartsMax));
  completion.tags.resize(count);
  for (const json::Value& part : parts->items()) {
    SLIPWAY_ASSIGN(const std::uint64_t number, need_size(part, "partNumber"));
    SLIPWAY_ASSIGN(const std::string tag, need_text(part, "etag"));
    if (number < 1 || number > count || !completion.tags[number - 1].empty())
      return malformed("the parts must be numbered from 1, each once");
    if (tag.empty()) return malformed(fmt::format("part {} has an empty etag", number));
    completion.tags[number - 1] = without_quotes(tag);
  }
  return completion;
}

}  // namespace slipway::hub::wire
