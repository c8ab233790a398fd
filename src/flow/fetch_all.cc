#include "flow/fetch_all.h"

#include <algorithm>
#include <functional>
#include <mutex>

#include <fmt/format.h>

namespace slipway::flow {
namespace {

using Fetch = std::shared_ptr<FileFetch>;

class FetchAll {
 public:
  FetchAll(os::World& world, hub::Client& client, std::vector<FetchJob> queue, const FetchMeter& meter)
      : world_(world), client_(client), queue_(std::move(queue)), meter_(meter) {
    std::ranges::stable_sort(queue_, std::greater{}, [](const FetchJob& job) { return job.file.size; });
  }

  Result<void> run(std::size_t jobs) {
    std::vector<os::Executor::Task> tasks;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, jobs); ++i) tasks.emplace_back([this] { work(); });
    world_.executor.run(std::move(tasks), std::max<std::size_t>(1, jobs));
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped while fetching; run again to go on");
    if (failure_) return std::unexpected(std::move(*failure_));
    return {};
  }

 private:
  void work() {
    for (Fetch mine = next(); mine && !stopped(); mine = next()) {
      auto done = fetch_parts(*mine);
      if (!done) note(*mine, std::move(done).error());
    }
  }

  Result<void> fetch_parts(FileFetch& file) {
    while (!stopped()) {
      SLIPWAY_ASSIGN(const auto part, file.claim());
      if (!part) return {};
      SLIPWAY_TRY(file.fetch(*part));
    }
    return {};
  }

  // A file that nobody began, else the one that most help is wanted with.
  Fetch next() {
    const std::scoped_lock hold(mutex_);
    std::erase_if(begun_, [](const Fetch& fetch) { return fetch->unclaimed() == 0; });
    if (next_ < queue_.size()) {
      begun_.push_back(std::make_shared<FileFetch>(world_, client_, std::move(queue_[next_++]), meter_));
      return begun_.back();
    }
    const auto most =
        std::ranges::max_element(begun_, {}, [](const Fetch& fetch) { return fetch->unclaimed(); });
    return most == begun_.end() ? nullptr : *most;
  }

  void note(const FileFetch& file, Error error) {
    const std::scoped_lock hold(mutex_);
    if (!failure_) failure_ = within(fmt::format("fetch {}", file.job().file.path), std::move(error));
  }

  bool stopped() {
    const std::scoped_lock hold(mutex_);
    return failure_ || world_.executor.interrupted();
  }

  os::World& world_;
  hub::Client& client_;
  std::vector<FetchJob> queue_;
  const FetchMeter& meter_;
  std::mutex mutex_{};
  std::size_t next_ = 0;
  std::vector<Fetch> begun_{};
  std::optional<Error> failure_{};
};

}  // namespace

Result<void> fetch_all(os::World& world, hub::Client& client, std::vector<FetchJob> jobs_to_do,
                       const FetchMeter& meter, std::size_t jobs) {
  return FetchAll(world, client, std::move(jobs_to_do), meter).run(jobs);
}

}  // namespace slipway::flow
