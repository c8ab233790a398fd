// flow/verify.h - the read-only gate: is this folder a whole, sound model, and the one that was published?
//
// Contract   Nothing is written. Errors are: what examine() calls an error (names, shapes, index, config,
//            template, stops); a layer that differs from all others; NaN and infinity; a file that is not
//            what the release's manifest (.slipway.json), or the Hub cache's name of its blob, says. Warnings
//            are told and leave the verdict good. Every weight byte is read once, and hashed where a digest
//            is known to compare with.
// Limits     memory: digest_pass.h
// Threads    one thread calls; files are read through the Executor
// Errors     as examine(); kIo; kInterrupted
#pragma once

#include <string>
#include <vector>

#include "flow/doctor.h"

namespace slipway::flow {

struct Verdict {
  std::vector<Finding> findings{};   // errors first
  std::vector<Finding> notes{};      // which folder it is, and what of it is not looked at
  std::vector<std::string> files{};  // that were read
  std::uint64_t bytes = 0;
  std::uint64_t hashed = 0;  // files with a digest to compare with
  double seconds = 0;

  bool good() const;  // no errors
};

// What a file must be: a SHA-256, or git's SHA-1 of a blob, and who says so.
struct ExpectedHash {
  std::string hash{};
  std::string source{};
};
std::map<std::string, ExpectedHash> hashes_of_tree(const hub::RemoteFolder& folder);

// `expected`: by path, beside what the manifest and a cache say.
Result<Verdict> verify(os::World& world, os::FileSystem& files, hub::Client& client,
                       const PublishOptions& options, std::map<std::string, ExpectedHash> expected,
                       Observer& observer);

}  // namespace slipway::flow
