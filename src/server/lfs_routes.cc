// The LFS batch, and the bytes of large objects: whole, in parts, and the word that all parts are there.
#include <algorithm>

#include <fmt/format.h>

#include "hub/wire/fields.h"
#include "hub/wire/lfs_offer.h"
#include "server/routes.h"
#include "server/upload_address.h"

namespace slipway::server {
namespace {

// What a batch's objects have in common.
class Batch {
 public:
  Batch(Hub& hub, const Account& account, const RepoRow& repo, const std::string& base,
        const json::Value& body, std::size_t objects)
      : hub_(hub),
        account_(account),
        repo_(repo),
        base_(base),
        download_(hub::wire::text_or(body, "operation") == "download"),
        multipart_(hub::wire::offers_transfer(body, "multipart")),
        parts_max_(std::clamp<std::uint64_t>(kBatchPartsMax / std::max<std::size_t>(objects, 1), 1,
                                             hub::wire::kLfsPartsMax)),
        expires_(hub.now_seconds() + hub.options.upload_seconds) {}

  Result<hub::wire::LfsOffer> offer(const hub::wire::LfsObject& object) {
    SLIPWAY_ASSIGN(const bool stored, hub_.may_use_object(account_, repo_, object.oid));
    hub::wire::LfsOffer offer{.oid = object.oid, .size = object.size};
    if (download_ && !stored) {
      offer.error = "Object does not exist";
      offer.error_code = 404;
    }
    if (!download_ && !stored) add_upload(offer);
    return offer;
  }

 private:
  void add_upload(hub::wire::LfsOffer& offer) const {
    UploadAddress address{.plan = {.oid = offer.oid, .size = offer.size, .by = account_.name},
                          .expires = expires_};
    offer.expires_in = static_cast<std::uint64_t>(hub_.options.upload_seconds);
    offer.expires_at = iso_time(expires_ * 1000);
    offer.verify = base_ + "verify";
    if (multipart_ && offer.size > 0 && offer.size >= hub_.options.multipart_from) add_parts(offer, address);
    offer.upload = base_ + write_upload_address(address, hub_.secret);
  }

  void add_parts(hub::wire::LfsOffer& offer, UploadAddress& address) const {
    address.plan.part_size = std::max(hub_.options.multipart_part, 1 + (offer.size - 1) / parts_max_);
    address.step = UploadStep::kPart;
    while (address.part < address.plan.count()) {
      ++address.part;
      offer.parts.push_back(base_ + write_upload_address(address, hub_.secret));
    }
    offer.part_size = address.plan.part_size;
    address.step = UploadStep::kComplete;
  }

  Hub& hub_;
  const Account& account_;
  const RepoRow& repo_;
  std::string base_;
  bool download_;
  bool multipart_;
  std::uint64_t parts_max_;
  std::int64_t expires_;
};

// A client that is still sending would not read the refusal.
void refuse_upload(Exchange& exchange, const Refusal& refusal) {
  ByteVector piece(64u << 10);
  for (std::uint64_t taken = 0; taken < kDiscardedBytesMax;) {
    const auto got = exchange.body().read(piece);
    if (!got || *got == 0) break;
    taken += *got;
  }
  exchange.refuse(refusal);
}

void receive_part(Hub& hub, Exchange& exchange, const UploadAddress& address) {
  const auto tag = hub.parts.receive(address.plan, address.part, exchange.body());
  if (!refused(exchange, tag)) exchange.empty(200, {{"ETag", fmt::format("\"{}\"", *tag)}});
}

void complete(Hub& hub, Exchange& exchange, const UploadAddress& address) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const auto completion = hub::wire::read_lfs_completion(*body);
  if (refused(exchange, completion)) return;
  if (completion->oid != address.plan.oid)
    return exchange.refuse({400, "", "this address is another object's than the one named"});
  const auto sent = [&]() -> Result<bool> {
    SLIPWAY_ASSIGN(const bool stored, hub.blobs.has(address.plan.oid));
    if (!stored) return false;
    return hub.store->was_sent(address.plan.oid, address.plan.by);
  };
  const auto kept = [&] { return hub.store->note_sent(address.plan.oid, address.plan.by); };
  const auto before = sent();
  if (refused(exchange, before)) return;
  if (!*before) {  // else it is said twice: the first reply was lost
    const auto done = hub.parts.complete(address.plan, completion->tags, hub.blobs, kept);
    const bool meanwhile = !done && sent().value_or(false);  // said twice at the same time
    if (!meanwhile && refused(exchange, done)) return;
  }
  exchange.json(200, json::Value::object({{"success", true}}));
}

}  // namespace

void lfs_batch(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo) {
  if (!hub.may_propose(exchange, account)) return;
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  // Without a branch the objects may be for a pull request; a commit says where they go.
  if (body->find("ref") != nullptr && !hub.may_write(exchange, account, repo.owner)) return;
  const auto objects = hub::wire::read_lfs_batch(*body);
  if (refused(exchange, objects)) return;
  const auto cleared = hub.parts.remove_stale();
  if (refused(exchange, cleared)) return;
  Batch batch(hub, account, repo, fmt::format("{}/{}/lfs/", exchange.base_url(), repo.full()), *body,
              objects->size());
  std::vector<hub::wire::LfsOffer> offers;
  for (const hub::wire::LfsObject& object : *objects) {
    auto offer = batch.offer(object);
    if (refused(exchange, offer)) return;
    offers.push_back(std::move(*offer));
  }
  exchange.text(200, "application/vnd.git-lfs+json",
                json::print_compact(hub::wire::write_lfs_offers(offers)));
}

void lfs_object(Hub& hub, Exchange& exchange) {
  const auto& raw = exchange.raw_segments();
  const auto single = [&](std::string_view key) {
    const auto values = exchange.query(key);
    return values.empty() ? std::string() : values.back();
  };
  const UploadQuery query{single("by"), single("expires"), single("sig")};
  const auto address = read_upload_address({raw.begin() + 4, raw.end()}, query, hub.secret);
  if (!address) return refuse_upload(exchange, {403, "", "this upload address is not signed by this Hub"});
  if (hub.now_seconds() >= address->expires) return refuse_upload(exchange, expired_upload());
  const bool completes = address->step == UploadStep::kComplete;
  if (exchange.method() != (completes ? "POST" : "PUT"))
    return refuse_upload(exchange, {405, "", "this upload address knows another method"});
  if (completes) return complete(hub, exchange, *address);
  if (address->step == UploadStep::kPart) return receive_part(hub, exchange, *address);
  auto done = hub.blobs.receive(address->plan.oid, address->plan.size, exchange.body());
  if (done) done = hub.store->note_sent(address->plan.oid, address->plan.by);
  if (!refused(exchange, done)) exchange.empty(200);
}

void lfs_verify(Hub& hub, Exchange& exchange, const Account& account, const RepoRow& repo) {
  const auto body = exchange.read_json();
  if (refused(exchange, body)) return;
  const std::string oid = hub::wire::text_or(*body, "oid");
  if (!hub::wire::is_sha256(oid)) return exchange.refuse({422, "", "\"oid\" must be a SHA-256"});
  const auto stored = hub.may_use_object(account, repo, oid);
  if (refused(exchange, stored)) return;
  if (!*stored) return exchange.refuse({404, "", "the object is not stored"});
  exchange.json(200, json::Value::object());
}

}  // namespace slipway::server
