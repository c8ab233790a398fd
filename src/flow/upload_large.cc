#include "flow/upload_large.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "hub/lfs_upload.h"

namespace slipway::flow {
namespace {

// The pieces of all files as tasks: they share the jobs, whether many files travel or one of many parts.
class Sending {
 public:
  Sending(os::World& world, hub::Upload& upload, const std::vector<hub::UploadItem>& items,
          Observer& observer)
      : world_(world), upload_(upload), items_(items), observer_(observer) {}

  void add(std::size_t index) {
    const std::size_t pieces = upload_.pieces(index);
    const auto left = std::make_shared<std::atomic<std::size_t>>(pieces);
    for (std::size_t piece = 0; piece < pieces; ++piece) {
      tasks_.emplace_back([this, index, piece, left] { send(index, piece, *left); });
    }
  }

  Result<void> run(std::size_t jobs) {
    world_.executor.run(std::move(tasks_), jobs);
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while uploading; run again to go on");
    if (failure_) return std::unexpected(std::move(*failure_));
    return upload_.finish();
  }

 private:
  bool stopped() {
    const std::scoped_lock hold(mutex_);
    return failure_ || world_.executor.interrupted();
  }

  void send(std::size_t index, std::size_t piece, std::atomic<std::size_t>& left) {
    if (stopped()) return;
    auto done = upload_.send(index, piece, [this](std::uint64_t bytes) { observer_.advance(bytes); });
    if (done && --left == 0) done = upload_.close(index);  // by whoever sent the last piece
    if (done) return;
    const std::scoped_lock hold(mutex_);
    if (!failure_) failure_ = within(fmt::format("upload {}", items_[index].path), std::move(done).error());
  }

  os::World& world_;
  hub::Upload& upload_;
  const std::vector<hub::UploadItem>& items_;
  Observer& observer_;
  std::vector<os::Executor::Task> tasks_{};
  std::mutex mutex_{};
  std::optional<Error> failure_{};
};

}  // namespace

Result<LargeUploads> upload_large(os::World& world, hub::Client& client, const hub::wire::RepoId& repo,
                                  const std::string& revision, const std::vector<hub::UploadItem>& items,
                                  std::size_t jobs, Observer& observer) {
  LargeUploads done;
  if (items.empty()) return done;
  hub::LfsUpload upload(client, repo, revision);
  SLIPWAY_ASSIGN(const std::vector<bool> missing, upload.open(items));
  Sending sending(world, upload, items, observer);
  for (std::size_t i = 0; i < items.size(); ++i) {
    (missing[i] ? done.sent_bytes : done.already_there_bytes) += items[i].content->size_bytes();
    if (missing[i]) sending.add(i);
  }
  observer.phase("Uploading", done.sent_bytes);
  SLIPWAY_TRY(sending.run(jobs));
  return done;
}

}  // namespace slipway::flow
