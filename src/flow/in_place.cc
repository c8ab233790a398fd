#include "flow/in_place.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "flow/in_run.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kMetadataBytesMax = 256u << 20;

}  // namespace

os::Path InPlace::in_run(const std::string& path) const { return os::join(run_, path); }

Result<std::string> InPlace::current_sha256(const std::string& path) {
  const auto text = os::read_file(fs_, in_run(path), kMetadataBytesMax);
  if (!text && text.error().code == ErrorCode::kNotFound) return std::string();
  if (!text) return std::unexpected(text.error());
  return sha256_hex(as_bytes(*text));
}

// Kept once: a file that still holds what we wrote has its original saved already.
Result<void> InPlace::save_original(const std::string& path, const Ledger& ledger) {
  SLIPWAY_ASSIGN(const std::string current, current_sha256(path));
  if (const auto known = ledger.originals.find(path); known != ledger.originals.end()) {
    if (known->second.written_sha256 == current || known->second.sha256 == current) return {};
  }
  Original original{.path = path};
  if (!current.empty()) {
    SLIPWAY_ASSIGN(const std::string text, os::read_file(fs_, in_run(path), kMetadataBytesMax));
    SLIPWAY_ASSIGN(const os::FileStat stat, fs_.stat(in_run(path)));
    original.sha256 = current;
    original.saved = current;
    original.mode = stat.mode;
    SLIPWAY_TRY(os::replace_file(fs_, os::join(paths_.originals(), original.saved), as_bytes(text),
                                 {.staging = paths_.staging()}));
  }
  return journal_.append(RecordType::kOriginal, to_json(original));
}

Result<StagedEdit> InPlace::stage(const Edit& edit, std::size_t number) {
  StagedEdit staged{.path = edit.path,
                    .staged = fmt::format("edit-{}", number),
                    .new_sha256 = sha256_hex(as_bytes(edit.text))};
  SLIPWAY_ASSIGN(staged.old_sha256, current_sha256(edit.path));
  if (!staged.old_sha256.empty()) {
    SLIPWAY_ASSIGN(const os::FileStat stat, fs_.stat(in_run(edit.path)));
    staged.mode = stat.mode;
  }
  SLIPWAY_TRY(os::replace_file(fs_, os::join(paths_.staging(), staged.staged), as_bytes(edit.text),
                               {.staging = paths_.staging(), .mode = staged.mode}));
  return staged;
}

Result<void> InPlace::carry_out(const Intent& intent) {
  for (const StagedEdit& edit : intent.edits) {
    SLIPWAY_ASSIGN(const std::string current, current_sha256(edit.path));
    if (current == edit.new_sha256) continue;
    if (current != edit.old_sha256) {
      return fail(
          ErrorCode::kChanged,
          fmt::format("{} was changed by somebody while it was being fixed; run again", in_run(edit.path)));
    }
    SLIPWAY_ASSIGN(const os::Path target, place_in_run(fs_, run_, edit.path));
    SLIPWAY_TRY(fs_.rename(os::join(paths_.staging(), edit.staged), target));
    SLIPWAY_TRY(fs_.sync_dir(os::parent(target)));
  }
  return journal_.append(RecordType::kApplied, json::Value::object());
}

Result<std::vector<model::Fix>> InPlace::finish_intent() {
  SLIPWAY_ASSIGN(const Ledger ledger, fold(journal_.records()));
  if (!ledger.open_intent) return std::vector<model::Fix>{};
  if (auto done = carry_out(*ledger.open_intent); !done) {
    if (done.error().code != ErrorCode::kChanged) return std::unexpected(std::move(done).error());
    // Somebody chose other bytes: theirs stay, and planning starts from what is there.
    SLIPWAY_TRY(journal_.append(RecordType::kApplied, json::Value::object()));
    return std::vector<model::Fix>{};
  }
  return ledger.open_intent->fixes;
}

Result<void> InPlace::apply(const std::vector<Edit>& edits, const std::vector<model::Fix>& fixes) {
  if (edits.empty()) return {};
  SLIPWAY_ASSIGN(const Ledger ledger, fold(journal_.records()));
  Intent intent{.fixes = fixes};
  for (const Edit& edit : edits) SLIPWAY_TRY(save_original(edit.path, ledger));
  for (std::size_t i = 0; i < edits.size(); ++i) {
    SLIPWAY_ASSIGN(StagedEdit staged, stage(edits[i], i));
    intent.edits.push_back(std::move(staged));
  }
  SLIPWAY_TRY(journal_.append(RecordType::kIntent, to_json(intent)));
  return carry_out(intent);
}

// The bytes that we saved, and no others: what lies there may have come with the folder.
Result<std::string> InPlace::saved_text(const Original& original) {
  const os::Path saved = os::join(paths_.originals(), original.saved);
  SLIPWAY_ASSIGN(const os::FileStat stat, fs_.link_stat(saved));
  std::string text;
  if (stat.kind == os::FileKind::kFile) {
    SLIPWAY_ASSIGN(text, os::read_file(fs_, saved, kMetadataBytesMax));
  }
  if (stat.kind == os::FileKind::kFile && sha256_hex(as_bytes(text)) == original.sha256) return text;
  return fail(ErrorCode::kCorruptData,
              fmt::format("{} is not what was saved of {}, which stays as it is", saved, original.path));
}

Result<void> InPlace::restore(const Original& original, Undone& undone) {
  SLIPWAY_ASSIGN(const std::string current, current_sha256(original.path));
  if (current == original.sha256) return {};  // as it was; for a file we made: not there
  if (current != original.written_sha256) {
    undone.left.push_back(original.path);
    return {};
  }
  SLIPWAY_ASSIGN(const os::Path target, place_in_run(fs_, run_, original.path));
  if (original.made()) {
    SLIPWAY_TRY(fs_.remove(target));
    SLIPWAY_TRY(fs_.sync_dir(os::parent(target)));
    undone.removed.push_back(original.path);
    return {};
  }
  SLIPWAY_ASSIGN(const std::string text, saved_text(original));
  SLIPWAY_TRY(
      os::replace_file(fs_, target, as_bytes(text), {.staging = paths_.staging(), .mode = original.mode}));
  undone.restored.push_back(original.path);
  return {};
}

Result<InPlace::Undone> InPlace::undo() {
  SLIPWAY_ASSIGN(const Ledger ledger, fold(journal_.records()));
  Undone undone;
  for (const auto& [path, original] : ledger.originals) SLIPWAY_TRY(restore(original, undone));
  return undone;
}

}  // namespace slipway::flow
