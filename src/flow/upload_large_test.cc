#include "flow/upload_large.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>

#include "hub/multipart_test_support.h"
#include "os/curl_transport.h"
#include "os/loop_transport.h"
#include "os/test_world.h"
#include "os/thread_executor.h"

namespace slipway::flow {
namespace {

// A content that is never in memory as a whole: a function of the offset.
class Pattern : public Content {
 public:
  explicit Pattern(std::uint64_t size) : size_(size) {}
  std::uint64_t size_bytes() const override { return size_; }
  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    largest = std::max<std::size_t>(largest, out.size());
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>((offset + i) % 251);
    return {};
  }
  mutable std::atomic<std::size_t> largest{0};

 private:
  std::uint64_t size_;
};

class Counting : public Observer {
 public:
  void advance(std::uint64_t bytes) override { advanced += bytes; }
  std::atomic<std::uint64_t> advanced{0};
};

// Holds every part until as many are in work as there may be, so that what runs together is no chance.
class Gate : public os::HttpHandler {
 public:
  Gate(hub::PartStorage& inner, std::size_t together) : inner_(inner), together_(together) {}
  void handle(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& out) override {
    if (head.target.starts_with("/part/")) {
      std::unique_lock hold(mutex_);
      in_work_max = std::max(in_work_max, ++in_work_);
      ++arrived_;
      changed_.notify_all();
      changed_.wait_for(hold, std::chrono::seconds(20), [this] { return arrived_ >= together_; });
    }
    inner_.handle(head, body, out);
    if (!head.target.starts_with("/part/")) return;
    const std::scoped_lock hold(mutex_);
    --in_work_;
  }
  std::size_t in_work_max = 0;

 private:
  hub::PartStorage& inner_;
  std::size_t together_;
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::size_t in_work_ = 0, arrived_ = 0;
};

TEST(UploadLarge, PartsOfOneFileTravelTogetherWithinTheJobsAndAreNeverHeld) {
  constexpr std::size_t kJobs = 3;
  constexpr std::uint64_t kSize = (8u << 20) + 5;
  hub::PartStorage storage;
  Gate gate(storage, kJobs);
  const auto listener = os::listen_http({}, gate).value();
  storage.origin = fmt::format("http://127.0.0.1:{}", listener->port());
  storage.size = kSize;
  storage.chunk_bytes = 1u << 20;
  os::ThreadExecutor threads;
  os::FixedEnvironment environment;
  os::CurlTransport curl(threads, environment);
  os::TestWorld parts(&curl);
  os::World world{.files = parts.disk,
                  .http = curl,
                  .executor = threads,
                  .clock = parts.clock,
                  .dice = parts.dice,
                  .environment = environment};
  hub::Client client(world, {.endpoint = storage.origin});
  const auto content = std::make_shared<Pattern>(kSize);
  Counting observer;
  const auto done =
      upload_large(world, client, {"me", "tiny"}, "main",
                   {{.path = "w", .content = content, .sha256 = std::string(64, 'a')}}, kJobs, observer);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(gate.in_work_max, kJobs);
  EXPECT_EQ(observer.advanced, kSize);
  EXPECT_LE(content->largest, 1u << 20);
  std::string whole(kSize, '\0');
  ASSERT_TRUE(content->read(0, {reinterpret_cast<std::byte*>(whole.data()), whole.size()}));
  EXPECT_TRUE(storage.joined() == whole);
  EXPECT_EQ(storage.count("POST", "/join"), 1u);
}

TEST(UploadLarge, TheFirstFailureStopsWhatHasNotBegun) {
  hub::PartStorage storage;
  storage.size = 10;
  storage.trouble = [](const auto& seen) { return seen.target.starts_with("/part/") ? 422 : 0; };
  os::LoopTransport loop(storage);
  os::TestWorld parts(&loop);
  os::World world = parts.world();
  hub::Client client(world, {.endpoint = storage.origin});
  Observer silent;
  const auto done = upload_large(
      world, client, {"me", "tiny"}, "main",
      {{.path = "w", .content = literal_content("0123456789"), .sha256 = std::string(64, 'a')}}, 1, silent);
  ASSERT_FALSE(done);
  EXPECT_NE(describe(done.error()).find("upload w"), std::string::npos);
  EXPECT_EQ(storage.count("PUT", "/part/"), 1u);
  EXPECT_EQ(storage.count("POST", "/join"), 0u);
}

}  // namespace
}  // namespace slipway::flow
