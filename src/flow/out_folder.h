// flow/out_folder.h - a whole release written beside its final name, checked, then put there in one rename.
//
// Contract   One pass over each file: read, look for NaN and infinity, digest (where wanted), write, read
//            back, sync. DIR appears complete or not at all; until then everything is in DIR.partial, where
//            a journal says which files are whole, so that the same call goes on there after any crash.
//            A DIR that holds exactly this release is left alone. Untouched files are copied by the file
//            system where it can (reflink, copy_file_range).
// Limits     memory: what in_stretches takes and kTurnBytes more for each file in flight
// Threads    one thread calls; files are written through the Executor
// Errors     kAlreadyExists (DIR holds something else), kCorruptData (NaN; a cast that overflows; a file
//            that reads back different), kNoSpace, kChanged, kIo
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "flow/digest_pass.h"
#include "flow/observer.h"
#include "flow/read_ahead.h"
#include "os/world.h"
#include "release/release.h"
#include "slipway/json.h"

namespace slipway::flow {

// Where what is unfinished stands, and its journal there.
inline constexpr std::string_view kOutJournalName = ".slipway-out";
os::Path unfinished_folder(const os::Path& out);

// What is learned of the whole while its files are made, and must be known too where an earlier call made
// them. One thread at a time.
class FactsOfFiles {
 public:
  virtual ~FactsOfFiles() = default;
  virtual std::vector<json::Value> news() = 0;  // since the last call; each fits a record of the journal
  virtual void recall(const json::Value& fact) = 0;
};

struct OutOptions {
  os::Path folder{};
  bool digests = true;  // SHA-256 and git's id of each file too
  bool allow_nan = false;
  std::vector<std::string> allowed_secrets{};  // SHA-256, as release/secrets.h
  std::size_t jobs = 2;
  Pace pace = Pace::kAhead;
  FactsOfFiles* facts = nullptr;
  std::function<Result<void>()> accept{};  // asked once all is written; what it refuses is removed again
};

struct OutResult {
  bool changed = false;
  std::map<std::string, FileDigest> digests{};  // by path; without SHA-256 when it was not wanted
};

Result<OutResult> write_out(os::World& world, const run::RunFacts& run, const release::Plan& plan,
                            const OutOptions& options, Observer& observer);

}  // namespace slipway::flow
