// flow/ship.h - gets a set of files into a repository as one visible change.
//
// Contract   Repository and branch are made late; every large object is stored before a commit names
//            it; commits as flow/land.h has them, with parentCommit; a commit in doubt is looked for in the
//            history by its plan id before it is sent again; then the tree is read back and compared.
// Limits     of one commit: flow/batches.h
// Threads    one thread calls; uploads go through the Executor
// Errors     kConflict (the branch moved), kRefused, kUnauthorized, kUnavailable, kNetwork
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/batches.h"
#include "flow/observer.h"
#include "flow/remote.h"
#include "os/world.h"
#include "release/release.h"

namespace slipway::flow {

struct Shipment {
  hub::wire::RepoId repo{};
  std::string revision = "main";
  std::vector<release::PlannedFile> files{};
  std::map<std::string, Digests> digests{};  // of every file
  std::vector<std::string> deleted{};
  std::string message{};
  std::optional<bool> make_private{};  // of a repository that does not exist yet; absent: private
  // .slipway.json of the same commit: `kRelease` lists these files; `kRenew` brings the entries of the one
  // that is there up to date and adds none; `kNone` leaves it alone.
  enum class ManifestWrite { kNone, kRelease, kRenew };
  ManifestWrite manifest = ManifestWrite::kRelease;
  std::string card_own_sha256{};  // of release::Manifest
  bool card_merged = false;
  bool create_pr = false;      // leave it as an open pull request against main
  bool allow_several = false;  // several visible commits, where they cannot become one change
  CommitLimits limits{};
  std::size_t jobs = 4;
};

struct Shipped {
  bool changed = false;
  std::string commit{};
  std::string url{};
  std::optional<std::uint64_t> pull_request{};  // that was opened, or found open
  std::uint64_t sent_bytes = 0;
  std::uint64_t already_there_bytes = 0;
};

Result<Shipped> ship(os::World& world, hub::Client& client, const Shipment& shipment,
                     const RemoteState& remote, Observer& observer);

}  // namespace slipway::flow
