// flow/doctor.h - what is wrong with a model's folder, by the rules that publish would mend it by.
//
// Contract   A model is a folder here, or a repository (hub/remote_folder.h). examine() writes nothing. It
//            reads metadata and headers, and tensor bytes only of two embeddings of a folder that are both
//            stored although the config ties them. What publish would change or warn of becomes a finding
//            when a loader goes wrong without it (errors and warnings of model/fix_codes.h), else a note.
//            cure() is publish without a push: in place, to be taken back by undo.
// Threads    one thread
// Errors     kNotFound (no such folder); as run::inspect; cure() also as publish
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flow/publish.h"
#include "hub/remote_folder.h"
#include "model/fix_codes.h"

namespace slipway::flow {

struct Finding {
  std::string code{};
  model::Severity severity = model::Severity::kError;
  std::string file{};     // of the model's folder; "" for the whole of it
  int line = 0;           // of the file, 1-based; 0 where none is known
  std::string path{};     // the dotted key in the file, or the tensor's name
  std::string message{};  // one sentence
  std::string fix{};      // what to do, "" where the message says it
  std::string before{};   // of what a fix changes: compact JSON, "" when absent
  std::string after{};
};

struct Diagnosis {
  std::vector<Finding> findings{};  // errors first
  std::vector<Finding> notes{};
  bool releasable = true;                       // false: publish refuses it as it is
  std::vector<std::string> stale{};             // weight files that no loader takes
  std::map<std::string, std::string> mended{};  // files as publish would have them, by path
};

// `files` holds the model at `options.run`; bases are looked for in the world's own.
Result<Diagnosis> examine(os::World& world, os::FileSystem& files, hub::Client& client,
                          const PublishOptions& options);
// The same of a model that has been inspected.
Result<Diagnosis> examine(os::World& world, os::FileSystem& files, hub::Client& client,
                          const PublishOptions& options, const run::RunFacts& run);

struct Cure {
  bool changed = false;
  std::vector<Finding> mended{};
  Diagnosis remaining{};                        // of the model as it is, or would be, then
  std::optional<std::uint64_t> pull_request{};  // of a repository
  std::string url{};
};
Result<Cure> cure(os::World& world, hub::Client& client, const PublishOptions& options, Observer& observer);
// Opens a pull request with the mended files. The card is part of it only where something was found in it.
Result<Cure> cure_repository(os::World& world, hub::Client& client, hub::RemoteFolder& folder,
                             const PublishOptions& options, Observer& observer);

}  // namespace slipway::flow
