// flow/digest_pass.h - one pass over each file of a release: its digests, and whether its floats are finite.
//
// Contract   Reads every byte once, in pieces of kPieceBytes; a file whose identity and digests the
//            journal knows is not read again. Where the processor hashes two streams for about the price of
//            one, a thread takes two files at a time; never more than `jobs` files are in flight.
// Limits     memory: kPieceBytes for each file in flight
// Threads    one thread calls; files are read through the Executor
// Errors     kRefused naming file and line of a secret; kCorruptData naming the tensors with NaN or infinity;
//            kChanged naming a file; kIo
#pragma once

#include <map>
#include <string>
#include <vector>

#include "flow/journal.h"
#include "flow/ledger.h"
#include "flow/observer.h"
#include "os/world.h"
#include "release/release.h"

namespace slipway::flow {

inline constexpr std::size_t kPieceBytes = 256u << 10;
// git names larger files by their LFS pointer, never by their bytes.
inline constexpr std::uint64_t kGitBlobBytesMax = 32u << 20;

struct FileDigest {
  Digests digests{};
  std::uint64_t read_bytes = 0;           // 0 when the journal knew it
  std::vector<std::string> not_finite{};  // "name (1 NaN, 2 infinite)"; the file was read and looked through
};

struct DigestOptions {
  bool allow_nan = false;
  std::vector<std::string> allowed_secrets{};  // SHA-256, as release/secrets.h
  bool report_only = false;  // what would be refused stands in FileDigest instead; secrets are not looked for
  bool hash = true;          // false: the files are only looked through, and have no digests
  std::size_t jobs = 2;
  Journal* journal = nullptr;  // null: nothing is remembered (a dry run)
};

// By path of the plan's files.
Result<std::map<std::string, FileDigest>> digest_release(os::World& world, const run::RunFacts& run,
                                                         const std::vector<release::PlannedFile>& files,
                                                         const DigestOptions& options, Observer& observer);

}  // namespace slipway::flow
