// Before an upload: which files go by LFS, and which are there already.
#include <algorithm>

#include "base/encoding.h"
#include "hub/wire/fields.h"
#include "hub/wire/types.h"
#include "server/gitattributes.h"
#include "server/routes.h"

namespace slipway::server {
namespace {

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

}  // namespace slipway::server
