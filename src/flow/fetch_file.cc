#include "flow/fetch_file.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "flow/wait_for_lock.h"
#include "os/path.h"

namespace slipway::flow {
namespace {

constexpr std::size_t kPieceBytes = 1u << 20;

// Gathers what arrives in small pieces, so that the disk and the digest are called a few times a megabyte.
class Gatherer {
 public:
  Gatherer(os::WriteFile& to, std::uint64_t begin, std::uint64_t end, RemoteDigest* digest)
      : to_(to), at_(begin), end_(end), digest_(digest) {
    piece_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, end - begin)));
  }

  Result<void> take(Bytes bytes) {
    if (bytes.size() > end_ - at_ - held_) {
      return fail(ErrorCode::kCorruptData,
                  "more bytes came than the tree says; nothing was put in its place");
    }
    while (!bytes.empty()) {
      const Bytes part = bytes.first(std::min(bytes.size(), piece_.size() - held_));
      std::memcpy(piece_.data() + held_, part.data(), part.size());
      held_ += part.size();
      bytes = bytes.subspan(part.size());
      if (held_ == piece_.size()) SLIPWAY_TRY(flush());
    }
    return {};
  }

  Result<void> flush() {
    const Bytes held = Bytes(piece_).first(held_);
    SLIPWAY_TRY(to_.write_at(at_, held));
    if (digest_ != nullptr) digest_->update(held);
    at_ += held_;
    held_ = 0;
    return {};
  }

 private:
  os::WriteFile& to_;
  std::uint64_t at_;
  std::uint64_t end_;
  RemoteDigest* digest_;
  ByteVector piece_{};
  std::size_t held_ = 0;
};

Error wrong_bytes(const hub::RemoteFile& file) {
  return {
      .code = ErrorCode::kCorruptData,
      .message = fmt::format("{} came with wrong bytes; nothing was put in its place, try again", file.path)};
}

}  // namespace

FileFetch::FileFetch(os::World& world, hub::Client& client, FetchJob job, FetchMeter meter)
    : world_(world),
      client_(client),
      job_(std::move(job)),
      meter_(std::move(meter)),
      partial_(world.files, job_.partial, digest_name(job_.file), job_.file.size, job_.part_bytes) {}

bool FileFetch::done() const {
  const std::scoped_lock hold(mutex_);
  return done_;
}

std::size_t FileFetch::unclaimed() const {
  const std::scoped_lock hold(mutex_);
  if (!opened_) return partial_.parts();
  return static_cast<std::size_t>(std::ranges::count(claimed_, false));
}

// Whoever waited for the lock may find the file there.
Result<void> FileFetch::open() {
  SLIPWAY_ASSIGN(lock_, wait_for_lock(world_, job_.lock));
  SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(job_.partial)));
  SLIPWAY_TRY(os::make_dirs(world_.files, os::parent(job_.target)));
  SLIPWAY_ASSIGN(const bool there, holds_file(world_.files, job_.target, job_.file));
  std::vector<bool> durable(partial_.parts(), true);
  if (!there) {
    SLIPWAY_ASSIGN(durable, partial_.open());
  }
  for (std::size_t part = 0; part < durable.size(); ++part) {
    if (durable[part]) meter_.already_there(partial_.end(part) - partial_.begin(part));
  }
  const std::scoped_lock hold(mutex_);
  digest_.emplace(job_.file);
  durable_ = claimed_ = std::move(durable);
  resumed_ = std::ranges::find(durable_, true) != durable_.end();
  opened_ = true;
  if (there) close();
  return {};
}

Result<std::optional<std::size_t>> FileFetch::claim() {
  const std::scoped_lock one(opening_);
  const bool first = !opened_;
  if (first) SLIPWAY_TRY(open());
  std::unique_lock hold(mutex_);
  if (done_) return std::nullopt;
  const auto free = std::ranges::find(claimed_, false);
  if (free != claimed_.end()) {
    *free = true;
    ++in_flight_;
    return static_cast<std::size_t>(free - claimed_.begin());
  }
  // All of it came with an earlier run (or there is nothing to fetch): only the digest is missing.
  if (!first) return std::nullopt;
  hashing_ = true;
  hold.unlock();
  SLIPWAY_TRY(catch_up());
  return std::nullopt;
}

// Whether the part begins where the digest stands, so that its bytes can be hashed as they come.
bool FileFetch::take_turn(std::size_t part) {
  const std::scoped_lock hold(mutex_);
  if (hashing_ || frontier_ != part) return false;
  return hashing_ = true;
}

// Whether this thread is the last to leave a file whose parts will not do.
bool FileFetch::leave_for_whole() {
  const std::scoped_lock hold(mutex_);
  --in_flight_;
  return whole_ && in_flight_ == 0;
}

Result<void> FileFetch::fetch(std::size_t part) {
  auto done = fetch_and_hash(part);
  if (!done && (done.error().code == ErrorCode::kUnsupported || done.error().code == ErrorCode::kChanged)) {
    const std::scoped_lock hold(mutex_);
    whole_ = true;
    claimed_.assign(claimed_.size(), true);
    done = {};
  }
  const bool last = leave_for_whole();
  SLIPWAY_TRY(done);
  return last ? fetch_whole() : Result<void>{};
}

Result<void> FileFetch::fetch_and_hash(std::size_t part) {
  const bool in_order = take_turn(part);
  SLIPWAY_TRY(fetch_part(part, in_order));
  {
    const std::scoped_lock hold(mutex_);
    durable_[part] = true;
    if (!in_order && hashing_) return {};
    if (in_order) ++frontier_;
    hashing_ = true;
  }
  return catch_up();
}

Result<void> FileFetch::fetch_part(std::size_t part, bool in_order) {
  hub::DownloadRange range{.begin = partial_.begin(part), .end = partial_.end(part)};
  if (partial_.parts() == 1) range = {};
  {
    const std::scoped_lock hold(mutex_);
    range.etag = etag_;
  }
  SLIPWAY_TRY(receive(range, in_order ? &*digest_ : nullptr));
  const std::scoped_lock hold(mutex_);
  return partial_.mark(part);
}

Result<void> FileFetch::receive(const hub::DownloadRange& range, RemoteDigest* digest) {
  SLIPWAY_ASSIGN(const auto to, world_.files.open_write(job_.partial));
  Gatherer gatherer(*to, range.begin, std::min(range.end, job_.file.size), digest);
  const auto write = [&](Bytes bytes) -> Result<void> {
    meter_.received(bytes.size());
    return gatherer.take(bytes);
  };
  SLIPWAY_ASSIGN(const hub::Downloaded got,
                 client_.download(job_.repo, job_.commit, job_.file.path, range, write));
  SLIPWAY_TRY(gatherer.flush());
  SLIPWAY_TRY(to->sync());
  const std::scoped_lock hold(mutex_);
  if (etag_.empty()) etag_ = got.etag;
  if (!etag_.empty() && !got.etag.empty() && etag_ != got.etag) {
    return fail(ErrorCode::kChanged,
                fmt::format("{} changed on the Hub while it was fetched", job_.file.path));
  }
  return {};
}

// Moves the digest over what is durable, one thread at a time; the last part ends the file.
Result<void> FileFetch::catch_up() {
  while (true) {
    std::size_t part = 0;
    {
      const std::scoped_lock hold(mutex_);
      if (whole_ || (frontier_ < durable_.size() && !durable_[frontier_])) {
        hashing_ = false;
        return {};
      }
      part = frontier_;
    }
    if (part == partial_.parts()) return finish();
    SLIPWAY_TRY(hash_part(part));
    const std::scoped_lock hold(mutex_);
    ++frontier_;
  }
}

Result<void> FileFetch::hash_part(std::size_t part) {
  SLIPWAY_ASSIGN(const auto from, world_.files.open_read(job_.partial));
  ByteVector piece(kPieceBytes);
  for (std::uint64_t at = partial_.begin(part); at < partial_.end(part);) {
    const auto bytes = MutableBytes(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), partial_.end(part) - at)));
    SLIPWAY_TRY(from->read_exact(at, bytes));
    digest_->update(bytes);
    at += bytes.size();
  }
  return {};
}

// One stream from the start: for servers that know no ranges, and for parts that did not fit together.
Result<void> FileFetch::fetch_whole() {
  SLIPWAY_TRY(partial_.begin_anew());
  {
    const std::scoped_lock hold(mutex_);
    etag_.clear();
    resumed_ = false;
    digest_.emplace(job_.file);
  }
  SLIPWAY_TRY(receive({}, &*digest_));
  return finish();
}

Result<void> FileFetch::finish() {
  if (!digest_->matches()) {
    if (resumed_) return fetch_whole();  // what an earlier run left may be the fault
    SLIPWAY_TRY(partial_.drop());
    return std::unexpected(wrong_bytes(job_.file));
  }
  SLIPWAY_TRY(partial_.take_name(job_.target));
  const std::scoped_lock hold(mutex_);
  close();
  return {};
}

// The name of a lock goes while the lock is held: who waits for it then makes a new one.
void FileFetch::close() {
  done_ = true;
  if (!job_.keeps_lock) (void)world_.files.remove(job_.lock);
  lock_.reset();
}

}  // namespace slipway::flow
