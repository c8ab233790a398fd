#include "flow/ledger.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

std::string text_of(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  return member == nullptr ? std::string() : member->string();
}

std::uint64_t number_of(const json::Value& value, std::string_view key) {
  const json::Value* member = value.find(key);
  return member == nullptr ? 0 : member->as_uint().value_or(0);
}

Original read_original(const json::Value& body) {
  return {.path = text_of(body, "path"),
          .saved = text_of(body, "saved"),
          .sha256 = text_of(body, "sha256"),
          .mode = static_cast<std::uint32_t>(number_of(body, "mode"))};
}

Intent read_intent(const json::Value& body) {
  Intent intent;
  if (const json::Value* edits = body.find("edits")) {
    for (const json::Value& edit : edits->items()) {
      intent.edits.push_back({.path = text_of(edit, "path"),
                              .staged = text_of(edit, "staged"),
                              .old_sha256 = text_of(edit, "old"),
                              .new_sha256 = text_of(edit, "new"),
                              .mode = static_cast<std::uint32_t>(number_of(edit, "mode"))});
    }
  }
  if (const json::Value* fixes = body.find("fixes")) {
    for (const json::Value& fix : fixes->items()) intent.fixes.push_back(fix_from_json(fix));
  }
  return intent;
}

KnownDigest read_digest(const json::Value& body) {
  KnownDigest known;
  known.stat.size_bytes = number_of(body, "size");
  known.stat.mtime_ns = static_cast<std::int64_t>(number_of(body, "mtime_ns"));
  known.stat.inode = number_of(body, "inode");
  known.digests = {text_of(body, "sha256"), text_of(body, "git_sha1")};
  const json::Value* finite = body.find("finite");
  known.finite = finite == nullptr || finite->as_bool().value_or(true);
  return known;
}

constexpr std::size_t kShownBytes = 200;

// A folder may come from anybody, and its journal with it: nothing outside of the run is ever named by it.
Result<void> check_place(const std::string& path, const std::string& name) {
  const bool is_name = name.empty() || (os::is_plain_relative(name) && name.find('/') == std::string::npos);
  if (os::is_plain_relative(path) && is_name) return {};
  return fail(ErrorCode::kCorruptData,
              fmt::format("the journal names '{}', which is no file of the run; move "
                          ".cache/huggingface/slipway away and run again",
                          clipped(is_name ? path : name, kShownBytes)));
}

void apply_intent(Ledger& ledger, const Intent& intent) {
  for (const StagedEdit& edit : intent.edits) {
    if (const auto at = ledger.originals.find(edit.path); at != ledger.originals.end()) {
      at->second.written_sha256 = edit.new_sha256;
    }
  }
}

}  // namespace

json::Value to_json(const model::Fix& fix) {
  json::Value value = json::Value::object();
  value.set("code", fix.code);
  value.set("file", fix.file);
  value.set("path", fix.path);
  value.set("before", fix.before);
  value.set("after", fix.after);
  value.set("reason", fix.reason);
  return value;
}

model::Fix fix_from_json(const json::Value& value) {
  return {.code = text_of(value, "code"),
          .file = text_of(value, "file"),
          .path = text_of(value, "path"),
          .before = text_of(value, "before"),
          .after = text_of(value, "after"),
          .reason = text_of(value, "reason")};
}

json::Value to_json(const Original& original) {
  json::Value value = json::Value::object();
  value.set("path", original.path);
  value.set("saved", original.saved);
  value.set("sha256", original.sha256);
  value.set("mode", static_cast<std::uint64_t>(original.mode));
  return value;
}

json::Value to_json(const Aside& aside) {
  return json::Value::object({{"path", aside.path}, {"name", aside.name}});
}

json::Value to_json(const Intent& intent) {
  json::Value edits = json::Value::array();
  for (const StagedEdit& edit : intent.edits) {
    json::Value row = json::Value::object();
    row.set("path", edit.path);
    row.set("staged", edit.staged);
    row.set("old", edit.old_sha256);
    row.set("new", edit.new_sha256);
    row.set("mode", static_cast<std::uint64_t>(edit.mode));
    edits.push_back(std::move(row));
  }
  json::Value fixes = json::Value::array();
  for (const model::Fix& fix : intent.fixes) fixes.push_back(to_json(fix));
  json::Value value = json::Value::object();
  value.set("edits", std::move(edits));
  value.set("fixes", std::move(fixes));
  return value;
}

json::Value digest_json(const std::string& path, const KnownDigest& known) {
  json::Value value = json::Value::object();
  value.set("path", path);
  value.set("size", known.stat.size_bytes);
  value.set("mtime_ns", known.stat.mtime_ns);
  value.set("inode", known.stat.inode);
  value.set("sha256", known.digests.sha256);
  value.set("git_sha1", known.digests.git_blob_sha1);
  value.set("finite", known.finite);
  return value;
}

Result<Ledger> fold(const std::vector<Record>& records) {
  Ledger ledger;
  for (const Record& record : records) {
    switch (record.type) {
      case RecordType::kOriginal: {
        const Original original = read_original(record.body);
        SLIPWAY_TRY(check_place(original.path, original.saved));
        ledger.originals[original.path] = original;
        break;
      }
      case RecordType::kAside:
        ledger.aside.push_back({text_of(record.body, "path"), text_of(record.body, "name")});
        SLIPWAY_TRY(check_place(ledger.aside.back().path, ledger.aside.back().name));
        break;
      case RecordType::kIntent:
        ledger.open_intent = read_intent(record.body);
        for (const StagedEdit& edit : ledger.open_intent->edits)
          SLIPWAY_TRY(check_place(edit.path, edit.staged));
        apply_intent(ledger, *ledger.open_intent);
        break;
      case RecordType::kApplied:
        ledger.open_intent.reset();
        break;
      case RecordType::kDigest:
        ledger.digests[text_of(record.body, "path")] = read_digest(record.body);
        break;
      case RecordType::kCommitted:
      case RecordType::kFacts:
        break;
      case RecordType::kRestored:
        ledger.originals.clear();
        ledger.aside.clear();
        ledger.open_intent.reset();
        break;
    }
  }
  return ledger;
}

}  // namespace slipway::flow
