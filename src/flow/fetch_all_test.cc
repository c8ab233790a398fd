#include "flow/fetch_all.h"

#include <gtest/gtest.h>

#include <atomic>

#include <fmt/format.h>

#include "base/hash.h"
#include "os/loop_transport.h"
#include "os/test_world.h"
#include "os/thread_executor.h"

namespace slipway::flow {
namespace {

constexpr std::uint64_t kPart = 1000;

std::string text_of(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * i + i / 7) % 23);
  return text;
}

// Serves one file, and misbehaves as it is told.
class FileServer : public os::HttpHandler {
 public:
  explicit FileServer(std::string text) : text_(std::move(text)) {}

  void handle(const os::RequestHead& head, os::BodyReader&, os::ResponseWriter& out) override {
    const std::size_t index = requests++;
    if (index >= fails_from) return (void)out.begin(500, {}, 0);
    std::size_t begin = 0;
    std::size_t end = text_.size();
    const std::string range = head.headers.find("Range").value_or("");
    const bool ranged = knows_ranges && !range.empty();
    if (ranged) read_range(range, begin, end);
    os::Headers headers{{"ETag", fmt::format("\"{}\"", changes_etag ? index : 0)}};
    if (ranged) headers.add("Content-Range", fmt::format("bytes {}-{}/{}", begin, end - 1, text_.size()));
    (void)out.begin(ranged ? 206 : 200, headers, end - begin);
    const std::size_t given = cuts_from <= index && index < cuts_from + 1 ? (end - begin) / 2 : end - begin;
    served += given;
    (void)out.write(as_bytes(text_).subspan(begin, given));
  }

  std::atomic<std::size_t> requests = 0;
  std::atomic<std::uint64_t> served = 0;
  std::size_t fails_from = SIZE_MAX;
  std::size_t cuts_from = SIZE_MAX;
  bool knows_ranges = true;
  bool changes_etag = false;

 private:
  static void read_range(const std::string& text, std::size_t& begin, std::size_t& end) {
    const std::size_t dash = text.find('-');
    begin = std::stoul(text.substr(6));
    if (dash + 1 < text.size()) end = std::stoul(text.substr(dash + 1)) + 1;
  }

  std::string text_;
};

class Fetching {
 public:
  explicit Fetching(const std::string& text) : server(text), loop_(server), parts(&loop_) {
    file_ = {.path = "model.safetensors", .size = text.size(), .sha256 = sha256_hex(as_bytes(text))};
  }

  Result<void> run(os::Executor* executor = nullptr) {
    os::World world = parts.world();
    os::World own{.files = world.files,
                  .http = world.http,
                  .executor = executor ? *executor : world.executor,
                  .clock = world.clock,
                  .dice = world.dice,
                  .environment = world.environment};
    hub::Client client(own, {.endpoint = "http://hub.test"});
    received = already = 0;
    const FetchMeter meter{.received = [this](std::uint64_t bytes) { received += bytes; },
                           .already_there = [this](std::uint64_t bytes) { already += bytes; }};
    return fetch_all(own, client,
                     {{.repo = {"me", "tiny"},
                       .commit = "c",
                       .file = file_,
                       .partial = "/cache/it.incomplete",
                       .target = "/cache/it",
                       .lock = "/locks/it.lock",
                       .part_bytes = kPart}},
                     meter, 4);
  }
  std::optional<std::string> target() const { return parts.disk.text("/cache/it"); }
  bool left_nothing() const { return parts.disk.tree("/cache").size() == 1; }

  FileServer server;

 private:
  os::LoopTransport loop_;

 public:
  os::TestWorld parts;
  std::atomic<std::uint64_t> received = 0;
  std::atomic<std::uint64_t> already = 0;

 private:
  hub::RemoteFile file_;
};

TEST(FetchAll, GetsEveryByteOnceByParts) {
  for (const std::size_t size : {0u, 1u, 999u, 1000u, 1001u, 5500u}) {
    const std::string text = text_of(size);
    Fetching it(text);
    ASSERT_TRUE(it.run());
    EXPECT_TRUE(it.target() == text);
    EXPECT_EQ(it.server.served, size);
    EXPECT_EQ(it.server.requests, (size + kPart - 1) / kPart);
    EXPECT_EQ(it.received, size);
    EXPECT_TRUE(it.left_nothing());
  }
}

TEST(FetchAll, ManyThreadsMakeOneFile) {
  const std::string text = text_of(100'500);
  for (int round = 0; round < 20; ++round) {
    Fetching it(text);
    os::ThreadExecutor threads;
    ASSERT_TRUE(it.run(&threads));
    EXPECT_TRUE(it.target() == text);
    EXPECT_EQ(it.server.served, text.size());
  }
}

TEST(FetchAll, GoesOnInsideOfAPartThatWasCut) {
  const std::string text = text_of(3500);
  Fetching it(text);
  it.server.cuts_from = 2;
  ASSERT_TRUE(it.run());
  EXPECT_TRUE(it.target() == text);
  EXPECT_EQ(it.server.served, text.size());
}

TEST(FetchAll, ALaterRunFetchesOnlyWhatIsMissing) {
  const std::string text = text_of(5500);
  for (const bool power_cut : {false, true}) {
    Fetching it(text);
    it.server.fails_from = 3;
    EXPECT_FALSE(it.run());
    EXPECT_EQ(it.target(), std::nullopt);
    it.server.fails_from = SIZE_MAX;
    it.server.served = 0;
    if (power_cut) it.parts.disk.crash();
    ASSERT_TRUE(it.run());
    EXPECT_TRUE(it.target() == text);
    EXPECT_EQ(it.server.served, power_cut ? 5500u : 2500u);
    EXPECT_EQ(it.already + it.received, text.size());
    EXPECT_TRUE(it.left_nothing());
  }
}

TEST(FetchAll, WhereverTheRunEndsALaterOneEndsWithTheRightFile) {
  const std::string text = text_of(4500);
  for (std::size_t last = 0; last < 6; ++last) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Fetching it(text);
      it.server.fails_from = last;
      (void)it.run().has_value();
      it.parts.disk.crash(seed);
      it.server.fails_from = SIZE_MAX;
      ASSERT_TRUE(it.run());
      EXPECT_TRUE(it.target() == text) << last << " " << seed;
    }
  }
}

TEST(FetchAll, WrongBytesNeverTakeTheName) {
  std::string other = text_of(2500);
  other[1700] = '!';
  FileServer bad(other);
  os::LoopTransport loop(bad);
  os::TestWorld parts(&loop);
  os::World world = parts.world();
  hub::Client client(world, {.endpoint = "http://hub.test"});
  const auto done =
      fetch_all(world, client,
                {{.repo = {"me", "tiny"},
                  .commit = "c",
                  .file = {.path = "f", .size = 2500, .sha256 = sha256_hex(as_bytes(text_of(2500)))},
                  .partial = "/cache/it.incomplete",
                  .target = "/cache/it",
                  .lock = "/locks/it.lock",
                  .part_bytes = kPart}},
                {.received = [](std::uint64_t) {}, .already_there = [](std::uint64_t) {}}, 4);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCorruptData);
  EXPECT_TRUE(parts.disk.tree("/cache").empty());
}

TEST(FetchAll, WhatAnEarlierRunLeftIsNotBelievedWhenTheDigestSaysNo) {
  const std::string text = text_of(4500);
  Fetching it(text);
  it.server.fails_from = 3;
  EXPECT_FALSE(it.run());
  {
    const auto partial = it.parts.disk.open_write("/cache/it.incomplete");
    ASSERT_TRUE(partial && (*partial)->write_at(10, as_bytes("damaged")));
  }
  it.server.fails_from = SIZE_MAX;
  ASSERT_TRUE(it.run());
  EXPECT_TRUE(it.target() == text);
}

TEST(FetchAll, StateOfAnotherFileOrATornLineIsDropped) {
  const std::string text = text_of(4500);
  const std::string digest = sha256_hex(as_bytes(text));
  for (const std::string& state :
       {std::string("slipway-partial 1 other 4500 1000\npart 0\n"), std::string("rubbish"),
        fmt::format("slipway-partial 1 {} 4500 1000\npart 0", digest),
        fmt::format("slipway-partial 1 {} 4500 1000\npart 7\npart 0\n", digest),
        fmt::format("slipway-partial 1 {} 4500 1000\npart 4\n", digest)}) {
    Fetching it(text);
    it.parts.disk.put("/cache/it.incomplete", text.substr(0, 1200));
    it.parts.disk.put("/cache/it.incomplete.state", state);
    ASSERT_TRUE(it.run());
    EXPECT_TRUE(it.target() == text);
    EXPECT_EQ(it.server.served, text.size()) << state;
  }
}

TEST(FetchAll, AServerWithoutRangesIsAskedForTheWholeOnce) {
  const std::string text = text_of(4500);
  Fetching it(text);
  it.server.knows_ranges = false;
  ASSERT_TRUE(it.run());
  EXPECT_TRUE(it.target() == text);
  os::ThreadExecutor threads;
  Fetching again(text);
  again.server.knows_ranges = false;
  ASSERT_TRUE(again.run(&threads));
  EXPECT_TRUE(again.target() == text);
}

TEST(FetchAll, PartsOfAFileThatChangesAreNotPutTogether) {
  const std::string text = text_of(4500);
  Fetching it(text);
  it.server.changes_etag = true;
  ASSERT_TRUE(it.run());
  EXPECT_TRUE(it.target() == text);
  EXPECT_EQ(it.parts.transport.requests().size(), 3u);  // two parts that differ, then the whole
}

TEST(FetchAll, TheDiskThatIsFullIsNamedAndTheNextRunGoesOn) {
  const std::string text = text_of(4500);
  Fetching it(text);
  it.parts.disk.set_free_space(2100);
  const auto full = it.run();
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kNoSpace);
  it.parts.disk.set_free_space(1u << 20);
  ASSERT_TRUE(it.run());
  EXPECT_TRUE(it.target() == text);
}

}  // namespace
}  // namespace slipway::flow
