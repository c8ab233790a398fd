#include "flow/passing_file.h"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::flow {

PassingFile::PassingFile(const run::RunFacts& run, const release::PlannedFile& file, const Looks& looks)
    : file_(&file),
      readable_(looks.secrets && release::may_hold_secrets(file.path)),
      digests_(looks.digests),
      piece_(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, file.size))) {
  if (looks.finite) scan_.emplace(run, file);
}

std::vector<std::string> PassingFile::bad() const {
  return scan_ ? scan_->bad() : std::vector<std::string>();
}

Result<Bytes> PassingFile::next() {
  const auto part = MutableBytes(piece_).first(
      static_cast<std::size_t>(std::min<std::uint64_t>(piece_.size(), file_->size - at_)));
  SLIPWAY_TRY_WITHIN(fmt::format("read {}", file_->path), file_->content->read(at_, part));
  if (scan_) scan_->feed(at_, part);
  if (readable_) secrets_.feed(part);
  if (digests_ && file_->size <= kGitBlobBytesMax) small_.append(as_text(part));
  at_ += part.size();
  return Bytes(part);
}

Result<FileDigest> PassingFile::finish(const std::vector<std::string>& allowed_secrets) {
  SLIPWAY_CHECK(at_end());
  SLIPWAY_TRY(release::refuse_secrets(file_->path, secrets_.finish(), allowed_secrets));
  if (!digests_) return FileDigest{.read_bytes = file_->size};
  const std::string git = file_->size <= kGitBlobBytesMax ? git_blob_sha1(as_bytes(small_)) : std::string();
  return FileDigest{.digests = {sha256_.finish_hex(), git}, .read_bytes = file_->size};
}

}  // namespace slipway::flow
