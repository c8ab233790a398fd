#include "flow/upload_large.h"

#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "hub/lfs_upload.h"

namespace slipway::flow {

Result<LargeUploads> upload_large(os::World& world, hub::Client& client, const hub::wire::RepoId& repo,
                                  const std::string& revision, const std::vector<hub::UploadItem>& items,
                                  std::size_t jobs, Observer& observer) {
  LargeUploads done;
  if (items.empty()) return done;
  hub::LfsUpload upload(client, repo, revision);
  SLIPWAY_ASSIGN(const std::vector<bool> missing, upload.open(items));
  for (std::size_t i = 0; i < items.size(); ++i) {
    (missing[i] ? done.sent_bytes : done.already_there_bytes) += items[i].content->size_bytes();
  }
  observer.phase("Uploading", done.sent_bytes);

  std::mutex mutex;
  std::optional<Error> failure;
  std::vector<os::Executor::Task> tasks;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!missing[i]) continue;
    tasks.emplace_back([&, i] {
      {
        const std::scoped_lock hold(mutex);
        if (failure || world.executor.interrupted()) return;
      }
      auto sent = upload.send(i, [&](std::uint64_t bytes) { observer.advance(bytes); });
      if (sent) return;
      const std::scoped_lock hold(mutex);
      if (!failure) failure = within(fmt::format("upload {}", items[i].path), std::move(sent).error());
    });
  }
  world.executor.run(std::move(tasks), jobs);
  if (world.executor.interrupted())
    return fail(ErrorCode::kInterrupted, "stopped while uploading; run again to go on");
  if (failure) return std::unexpected(std::move(*failure));
  SLIPWAY_TRY(upload.finish());
  return done;
}

}  // namespace slipway::flow
