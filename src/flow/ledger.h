// flow/ledger.h - the journal folded into what it means: originals, an open intent, known digests.
//
// Threads    value
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flow/journal.h"
#include "model/fix.h"
#include "slipway/content.h"
#include "slipway/file_system.h"

namespace slipway::flow {

// A file of the run before our first change of it.
struct Original {
  std::string path{};
  std::string saved{};   // name inside originals/; "" when the file was not there (we made it)
  std::string sha256{};  // of the saved bytes
  std::uint32_t mode = 0;
  std::string written_sha256{};  // what we put there last; "" while that is still to come
  bool made() const { return saved.empty(); }
};

struct StagedEdit {
  std::string path{};
  std::string staged{};      // name inside staging/
  std::string old_sha256{};  // "" when the file was not there
  std::string new_sha256{};
  std::uint32_t mode = 0;  // 0: as the umask says
};

struct Intent {
  std::vector<StagedEdit> edits{};
  std::vector<model::Fix> fixes{};
};

// A file of the run that was moved, or is about to be.
struct Aside {
  std::string path{};
  std::string name{};  // inside aside/
};

struct KnownDigest {
  os::FileStat stat{};
  Digests digests{};
  bool finite = true;  // no NaN, no infinity was seen
};

struct Ledger {
  std::map<std::string, Original> originals{};
  std::vector<Aside> aside{};
  std::optional<Intent> open_intent{};
  std::map<std::string, KnownDigest> digests{};
};

Result<Ledger> fold(const std::vector<Record>& records);

json::Value to_json(const Original& original);
json::Value to_json(const Intent& intent);
json::Value to_json(const Aside& aside);
json::Value digest_json(const std::string& path, const KnownDigest& known);

json::Value to_json(const model::Fix& fix);
model::Fix fix_from_json(const json::Value& value);

}  // namespace slipway::flow
