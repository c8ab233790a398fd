// flow/in_place.h - changes a run's small files where they stand, so that every change can be undone.
//
// Contract   In this order: originals saved and synced; new texts staged and synced; the intent in the
//            journal; each file renamed into place; "applied" in the journal. A crash before the intent
//            changes nothing of the run; after it, finish_intent() completes the same change. A file
//            somebody else changed meanwhile is left and named.
// Threads    one thread
// Errors     kIo, kNoSpace, kChanged; kRefused, as in_run.h; kCorruptData for an original that is not what
//            was saved
#pragma once

#include <string>
#include <vector>

#include "flow/journal.h"
#include "flow/ledger.h"
#include "flow/state_folder.h"
#include "slipway/result.h"

namespace slipway::flow {

struct Edit {
  std::string path{};
  std::string text{};
};

class InPlace {
 public:
  InPlace(os::FileSystem& fs, os::Path run, StatePaths paths, Journal& journal)
      : fs_(fs), run_(std::move(run)), paths_(std::move(paths)), journal_(journal) {}

  // Completes a change that a crash cut short; gives its fixes, so that they are reported once.
  Result<std::vector<model::Fix>> finish_intent();
  Result<void> apply(const std::vector<Edit>& edits, const std::vector<model::Fix>& fixes);

  struct Undone {
    std::vector<std::string> restored{};
    std::vector<std::string> removed{};  // files that we had made
    std::vector<std::string> left{};     // changed by somebody since: left as they are
  };
  // The caller says in the journal that all is back, when it is.
  Result<Undone> undo();

 private:
  Result<void> save_original(const std::string& path, const Ledger& ledger);
  Result<StagedEdit> stage(const Edit& edit, std::size_t number);
  Result<void> carry_out(const Intent& intent);
  Result<void> restore(const Original& original, Undone& undone);
  // SHA-256 of a file of the run, "" when it is not there.
  Result<std::string> current_sha256(const std::string& path);
  os::Path in_run(const std::string& path) const;
  Result<std::string> saved_text(const Original& original);

  os::FileSystem& fs_;
  os::Path run_;
  StatePaths paths_;
  Journal& journal_;
};

}  // namespace slipway::flow
