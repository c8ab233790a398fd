// flow/fetch_file.h - one remote file to one local path, verified before it takes its name.
//
// Contract   A file of one part is one request. A larger one is fetched by parts, from several threads at
//            once, and taken up by a later run where this one ends, however it ends. A part that begins where
//            the digest stands is hashed while it arrives; others are read back once. A server that knows no
//            ranges, or whose file changes, is asked for the whole in one stream. Nothing takes the target's
//            name before all of its bytes have the digest that the tree names.
// Limits     memory: kPieceBytes for each part in flight
// Threads    share freely; the lock of `job.lock` keeps other processes off
// Errors     kCorruptData when the bytes are not what the tree says; kInterrupted; as hub/client.h
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "flow/partial_file.h"
#include "flow/remote_digest.h"
#include "hub/client.h"
#include "os/world.h"

namespace slipway::flow {

inline constexpr std::uint64_t kPartBytes = 64u << 20;

struct FetchJob {
  hub::wire::RepoId repo{};
  std::string commit{};
  hub::RemoteFile file{};
  os::Path partial{};  // where the bytes grow: on the file system of `target`
  os::Path target{};
  os::Path lock{};
  std::uint64_t part_bytes = kPartBytes;
  bool keeps_lock = true;  // the lock's file stays, as stock clients leave theirs
};

// Told of bytes as they come, and of those that an earlier run, or another process, left.
struct FetchMeter {
  std::function<void(std::uint64_t)> received{};
  std::function<void(std::uint64_t)> already_there{};
};

class FileFetch {
 public:
  FileFetch(os::World& world, hub::Client& client, FetchJob job, FetchMeter meter);

  // The next part that nobody has taken; nullopt when there is none. The first call opens the file.
  Result<std::optional<std::size_t>> claim();
  Result<void> fetch(std::size_t part);

  const FetchJob& job() const { return job_; }
  bool done() const;
  std::size_t unclaimed() const;

 private:
  Result<void> open();
  Result<void> fetch_and_hash(std::size_t part);
  Result<void> fetch_part(std::size_t part, bool in_order);
  Result<void> fetch_whole();
  Result<void> receive(const hub::DownloadRange& range, RemoteDigest* digest);
  Result<void> catch_up();
  Result<void> hash_part(std::size_t part);
  Result<void> finish();
  void close();
  bool take_turn(std::size_t part);
  bool leave_for_whole();

  os::World& world_;
  hub::Client& client_;
  FetchJob job_;
  FetchMeter meter_;
  mutable std::mutex mutex_{};  // guards what follows; never held while bytes move
  std::mutex opening_{};
  PartialFile partial_;
  std::unique_ptr<os::FileLock> lock_{};
  std::optional<RemoteDigest> digest_{};  // of the parts before frontier_
  std::vector<bool> durable_{};
  std::vector<bool> claimed_{};
  std::size_t frontier_ = 0;
  std::size_t in_flight_ = 0;
  std::string etag_{};
  bool opened_ = false;
  bool hashing_ = false;  // somebody moves digest_ and frontier_
  bool resumed_ = false;
  bool whole_ = false;  // parts will not do
  bool done_ = false;
};

}  // namespace slipway::flow
