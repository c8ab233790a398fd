// flow/passing_file.h - one file of a release while its bytes pass by once: digests, NaN, secrets.
//
// Contract   next() reads the next piece and looks through it; the caller then gives it to sha256(), alone or
//            beside another file's, before it calls next() again. finish() once all has been read.
// Limits     memory: kPieceBytes
// Threads    one thread each
// Errors     kRefused naming file and line of a secret; kChanged naming a file; kIo
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "flow/digest_pass.h"
#include "flow/finite_scan.h"
#include "release/secrets.h"

namespace slipway::flow {

class PassingFile {
 public:
  struct Looks {
    bool finite = true;   // counts NaN and infinity
    bool secrets = true;  // in files that people can read
    bool digests = true;
  };
  PassingFile(const run::RunFacts& run, const release::PlannedFile& file, const Looks& looks);

  bool at_end() const { return at_ == file_->size; }
  Result<Bytes> next();
  Sha256& sha256() { return sha256_; }
  Result<FileDigest> finish(const std::vector<std::string>& allowed_secrets);

  const release::PlannedFile& file() const { return *file_; }
  std::vector<std::string> bad() const;  // tensors that are not finite, of those that were looked at

 private:
  const release::PlannedFile* file_;
  bool readable_;
  bool digests_;
  std::optional<FiniteScan> scan_{};
  release::SecretScan secrets_{};
  Sha256 sha256_{};
  std::string small_{};  // all of it, where git would name it by its bytes
  ByteVector piece_;
  std::uint64_t at_ = 0;
};

}  // namespace slipway::flow
