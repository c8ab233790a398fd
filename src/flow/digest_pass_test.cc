#include "flow/digest_pass.h"

#include <gtest/gtest.h>

#include <set>

#include <fmt/format.h>

#include "base/hash.h"
#include "os/test_world.h"

namespace slipway::flow {
namespace {

// Knows how many of its kind are being read: begun and not yet at their end.
class CountedContent : public Content {
 public:
  struct Meter {
    std::set<const Content*> open{};
    std::size_t most = 0;
    std::uint64_t bytes = 0;
  };
  CountedContent(Meter& meter, std::string text) : meter_(meter), inner_(literal_content(std::move(text))) {}
  std::uint64_t size_bytes() const override { return inner_->size_bytes(); }
  Result<void> read(std::uint64_t offset, MutableBytes out) const override {
    meter_.open.insert(this);
    meter_.most = std::max(meter_.most, meter_.open.size());
    meter_.bytes += out.size();
    if (offset + out.size() == size_bytes()) meter_.open.erase(this);
    return inner_->read(offset, out);
  }

 private:
  Meter& meter_;
  ContentPtr inner_;
};

std::string text_of(std::size_t size, std::size_t seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * i + seed) % 23);
  return text;
}

// Sizes around nothing, a block and a piece; no two files alike.
std::vector<release::PlannedFile> files_of(std::vector<std::string>& texts, CountedContent::Meter& meter) {
  std::vector<release::PlannedFile> files;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64}, std::size_t{1000}, kPieceBytes - 1,
        kPieceBytes, kPieceBytes + 1, 3 * kPieceBytes + 77}) {
    texts.push_back(text_of(size, files.size()));
    files.push_back({.path = fmt::format("file-{}", files.size()),
                     .content = std::make_shared<CountedContent>(meter, texts.back()),
                     .size = size});
  }
  return files;
}

TEST(DigestPass, GivesTheSameDigestsOnEveryProcessorAndReadsEachByteOnce) {
  for (const Cpu& cpu : {Cpu{}, detect_cpu()}) {
    for (const std::size_t jobs : {1u, 2u, 3u, 4u, 20u}) {
      os::TestWorld parts;
      os::World world = parts.world();
      world.cpu = cpu;
      CountedContent::Meter meter;
      std::vector<std::string> texts;
      const auto files = files_of(texts, meter);
      Observer silent;
      const auto digests = digest_release(world, {}, files, {.jobs = jobs}, silent);
      ASSERT_TRUE(digests);
      std::uint64_t total = 0;
      for (std::size_t i = 0; i < files.size(); ++i) {
        total += files[i].size;
        EXPECT_EQ(digests->at(files[i].path).digests.sha256, sha256_hex(as_bytes(texts[i]))) << i;
        EXPECT_EQ(digests->at(files[i].path).digests.git_blob_sha1, git_blob_sha1(as_bytes(texts[i]))) << i;
      }
      EXPECT_EQ(meter.bytes, total);
      EXPECT_LE(meter.most, jobs);
    }
  }
}

TEST(DigestPass, TakesTwoFilesAtATimeWhereTwoStreamsCostAsOne) {
  os::TestWorld parts;
  os::World world = parts.world();
  world.cpu.sha = detect_cpu().sha;
  if (!world.cpu.sha) GTEST_SKIP() << "this processor has no SHA-NI";
  CountedContent::Meter meter;
  std::vector<std::string> texts;
  const auto files = files_of(texts, meter);
  Observer silent;
  ASSERT_TRUE(digest_release(world, {}, files, {.jobs = 2}, silent));
  EXPECT_EQ(meter.most, 2u);
}

TEST(DigestPass, GivesTheFirstFailureAndReadsNothingAfterIt) {
  os::TestWorld parts;
  os::World world = parts.world();
  world.cpu = detect_cpu();
  CountedContent::Meter meter;
  std::vector<release::PlannedFile> files;
  files.push_back({.path = "large", .content = file_content(parts.disk, "/gone", {}, 0, 9), .size = 9});
  files.push_back({.path = "small", .content = std::make_shared<CountedContent>(meter, "text"), .size = 4});
  Observer silent;
  const auto digests = digest_release(world, {}, files, {.jobs = 1}, silent);
  ASSERT_FALSE(digests);
  EXPECT_EQ(digests.error().message, "/gone: No such file or directory");
  EXPECT_EQ(digests.error().context, "read large");
  EXPECT_EQ(meter.bytes, 0u);
}

TEST(DigestPass, RefusesASecretByFileAndLine) {
  os::TestWorld parts;
  os::World world = parts.world();
  const std::string text = "line one\ntoken: hf_" + std::string("AbCdEfGhIjKlMnOpQrStUvWxYz0123456789");
  const std::vector<release::PlannedFile> files{
      {.path = "notes.txt", .content = literal_content(text), .size = text.size()}};
  Observer silent;
  const auto digests = digest_release(world, {}, files, {}, silent);
  ASSERT_FALSE(digests);
  EXPECT_EQ(digests.error().code, ErrorCode::kRefused);
  EXPECT_NE(digests.error().message.find("notes.txt"), std::string::npos);
}

}  // namespace
}  // namespace slipway::flow
