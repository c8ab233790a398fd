#include "hub/remote_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "os/path.h"
#include "os/test_world.h"

namespace slipway::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A Hub of one repository, which answers ranges and writes down which.
class RemoteFolderTest : public ::testing::Test {
 protected:
  RemoteFolderTest() {
    parts_.transport.set_script(
        [this](const os::HttpRequest& request, std::size_t) { return reply(request); });
  }

  os::Mishap reply(const os::HttpRequest& request) {
    const std::string path = request.url.substr(std::string_view("https://hub.test").size());
    if (path.starts_with("/api/models/me/tiny/revision/"))
      return status(200, R"({"id":"me/tiny","sha":"c0ffee","private":false})");
    if (path.starts_with("/api/models/me/tiny/tree/c0ffee")) return status(200, tree());
    const std::size_t name = path.rfind('/');
    const auto file = files_.find(path.substr(name + 1));
    if (file == files_.end() || !path.starts_with("/me/tiny/resolve/c0ffee/")) return status(404, "{}");
    return range(request, file->second);
  }

  static os::Mishap status(int code, std::string body) {
    return {.kind = os::Mishap::Kind::kStatus, .status = code, .body = std::move(body)};
  }

  std::string tree() const {
    std::string rows;
    for (const auto& [name, text] : files_) {
      rows += (rows.empty() ? "" : ",") + std::string(R"({"type":"file","path":"sub/)") + name +
              R"(","oid":"1234","size":)" + std::to_string(text.size()) + "}";
    }
    return "[" + rows + "]";
  }

  os::Mishap range(const os::HttpRequest& request, const std::string& text) {
    const std::string header = request.headers.find("Range").value_or("bytes=0-");
    std::size_t from = std::stoul(header.substr(6));
    const std::size_t dash = header.find('-');
    const std::size_t to = dash + 1 == header.size() ? text.size() : std::stoul(header.substr(dash + 1)) + 1;
    ranges_.emplace_back(from, to);
    os::Mishap got = status(206, text.substr(from, to - from));
    got.headers.set("Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(to - 1) + "/" +
                                         std::to_string(text.size()));
    got.headers.set("ETag", "\"1234\"");
    return got;
  }

  std::unique_ptr<RemoteFolder> open() {
    auto folder = RemoteFolder::open(client_, "hf://me/tiny@v1");
    EXPECT_TRUE(folder) << describe(folder.error());
    return std::move(*folder);
  }

  static std::string text_of(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 23 + i / 1000 % 3);
    return text;
  }

  std::map<std::string, std::string> files_{{"small", "one"}, {"large", text_of(300'000)}};
  std::vector<std::pair<std::size_t, std::size_t>> ranges_{};
  os::TestWorld parts_{};
  os::World world_ = parts_.world();
  Client client_{world_, {.endpoint = "https://hub.test"}};
};

TEST(RemoteAddress, NamesARepositoryAndARevisionThatMayHoldSlashes) {
  EXPECT_EQ(parse_remote_address("hf://me/tiny").value().revision, "main");
  EXPECT_EQ(parse_remote_address("hf://me/tiny/").value().repo.full(), "me/tiny");
  EXPECT_EQ(parse_remote_address("hf://me/tiny@refs/pr/1").value().revision, "refs/pr/1");
  for (const char* bad :
       {"me/tiny", "hf://", "hf://tiny", "hf://me/tiny@", "hf://me/tiny/config.json", "hf:///x"})
    EXPECT_FALSE(parse_remote_address(bad)) << bad;
}

TEST_F(RemoteFolderTest, ListsTheTreeAsFolders) {
  const auto folder = open();
  EXPECT_EQ(folder->commit(), "c0ffee");
  const auto names = [&](const os::Path& path) {
    std::vector<std::string> all;
    const auto entries = folder->list(path).value();
    for (const os::DirEntry& entry : entries) all.push_back(entry.name);
    return all;
  };
  EXPECT_THAT(names("hf://me/tiny@v1"), ElementsAre("sub"));
  EXPECT_THAT(names("hf://me/tiny@v1/sub"), ElementsAre("large", "small"));
  EXPECT_EQ(folder->stat("hf://me/tiny@v1/sub")->kind, os::FileKind::kDirectory);
  EXPECT_EQ(folder->stat("hf://me/tiny@v1/sub/large")->size_bytes, 300'000U);
  EXPECT_EQ(folder->list("hf://me/tiny@v1/su").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(folder->stat("hf://me/tiny@v10/sub").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(folder->remove("hf://me/tiny@v1/sub/small").error().code, ErrorCode::kUnsupported);
}

TEST_F(RemoteFolderTest, AHeaderCostsAWindowAndNotTheFile) {
  const auto folder = open();
  const auto file = folder->open_read("hf://me/tiny@v1/sub/large").value();
  std::array<std::byte, 8> head{};
  ASSERT_TRUE(file->read_exact(0, head));
  std::vector<std::byte> rest(20'000);
  ASSERT_TRUE(file->read_exact(8, rest));
  EXPECT_EQ(as_text(rest), files_["large"].substr(8, 20'000));
  EXPECT_THAT(ranges_, ElementsAre(std::pair(0U, 16'384U), std::pair(16'384U, 49'152U)));
}

TEST_F(RemoteFolderTest, AFileThatIsReadToItsEndIsFetchedOnceInGrowingPieces) {
  const auto folder = open();
  EXPECT_EQ(os::read_file(*folder, "hf://me/tiny@v1/sub/large", 1 << 20).value(), files_["large"]);
  std::size_t at = 0;
  for (const auto& [from, to] : ranges_) {
    EXPECT_EQ(from, at);
    at = to;
  }
  EXPECT_EQ(at, 300'000U);
  EXPECT_LE(ranges_.size(), 5U);
  ranges_.clear();
  EXPECT_EQ(os::read_file(*folder, "hf://me/tiny@v1/sub/small", 10).value(), "one");
  EXPECT_THAT(ranges_, ElementsAre(std::pair(0U, 3U)));
}

TEST_F(RemoteFolderTest, AFileThatShrankMeanwhileIsNamed) {
  const auto folder = open();
  files_["large"].resize(1000);
  const auto read = os::read_file(*folder, "hf://me/tiny@v1/sub/large", 1 << 20);
  ASSERT_FALSE(read);
  EXPECT_THAT(describe(read.error()), HasSubstr("large"));
}

TEST_F(RemoteFolderTest, ATextLaidOverItStandsInPlaceOfTheFile) {
  const auto folder = open();
  folder->lay_over("sub/small", "another");
  folder->lay_over("new", "text");
  EXPECT_EQ(os::read_file(*folder, "hf://me/tiny@v1/sub/small", 10).value(), "another");
  EXPECT_EQ(os::read_file(*folder, "hf://me/tiny@v1/new", 10).value(), "text");
  EXPECT_EQ(folder->stat("hf://me/tiny@v1/sub/small")->size_bytes, 7U);
  EXPECT_TRUE(ranges_.empty());
}

TEST_F(RemoteFolderTest, WhatIsNotThereIsNotFound) {
  const auto nothing = RemoteFolder::open(client_, "hf://me/none");
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(nothing.error().message, HasSubstr("me/none"));
  EXPECT_EQ(open()->open_read("hf://me/tiny@v1/none").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace slipway::hub
