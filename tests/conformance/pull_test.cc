// `pull`, from the command line to the embedded Hub and back, on a disk in memory.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/hash.h"
#include "cli/app.h"
#include "os/observed_file_system.h"
#include "os/path.h"
#include "support/hub_ground.h"

namespace slipway::cli {
namespace {

constexpr const char* kRepository = "/cache/models--me--tiny";

// Does something once, before the n-th call.
class MeetingDisk : public os::ObservedFileSystem {
 public:
  MeetingDisk(os::FileSystem& inner, std::size_t at, std::function<void()> what)
      : ObservedFileSystem(inner), at_(at), what_(std::move(what)) {}
  Result<void> before(os::FileCall, const os::Path&) override {
    if (calls_++ == at_) what_();
    return {};
  }
  bool met() const { return calls_ > at_; }

 private:
  std::size_t at_;
  std::size_t calls_ = 0;
  std::function<void()> what_;
};

// Gives up where it would have to wait.
class Impatient : public os::VirtualExecutor {
 public:
  using VirtualExecutor::VirtualExecutor;
  void sleep(os::Millis) override { interrupt(); }
};

class Pulling : public ::testing::Test {
 protected:
  void SetUp() override {
    parts_.environment.values["HF_HUB_CACHE"] = "/cache";
    parts_.disk.put("/model/config.json", "{\"model_type\": \"llama\"}\n");
    parts_.disk.put("/model/sub/twin-a.txt", "the same text\n");
    parts_.disk.put("/model/twin-b.txt", "the same text\n");
    parts_.disk.put("/model/empty.txt", "");
    ASSERT_EQ(say({"push", "/model", "me/tiny", "--public"}), 0) << err_;
  }

  int say(std::vector<std::string> words) { return say_on(parts_.world(), words); }
  int say_on(os::World world, const std::vector<std::string>& words) {
    os::StringTerminal terminal;
    const int code = run(world, terminal, words);
    out_ = terminal.out();
    err_ = terminal.err();
    return code;
  }
  void clear(const std::string& folder) {
    const os::MemTree tree = parts_.disk.tree(folder);
    for (auto row = tree.rbegin(); row != tree.rend(); ++row) {
      const bool is_folder = row->second.kind == os::FileKind::kDirectory;
      EXPECT_TRUE(is_folder ? parts_.disk.remove_dir(row->first) : parts_.disk.remove(row->first));
    }
  }
  std::size_t downloads() const { return parts_.transport.count("GET", "/resolve/"); }

  testing::HubGround hub_;
  os::TestWorld parts_{&hub_.transport()};
  std::string out_;
  std::string err_;
};

TEST_F(Pulling, EachContentIsFetchedOnceAndAnEmptyOneNever) {
  ASSERT_EQ(say({"pull", "me/tiny", "--out", "/copy"}), 0) << err_;
  EXPECT_EQ(downloads(), 3u);  // .gitattributes, config.json, one of the twins
  for (const char* name : {"config.json", "sub/twin-a.txt", "twin-b.txt", "empty.txt"}) {
    EXPECT_EQ(parts_.disk.text(os::join("/copy", name)), parts_.disk.text(os::join("/model", name))) << name;
  }
  EXPECT_EQ(parts_.disk.tree("/copy").count("/copy/.cache"), 0u);
  ASSERT_EQ(say({"pull", "me/tiny", "--out", "/copy"}), 0);
  EXPECT_EQ(downloads(), 3u);
}

TEST_F(Pulling, TheCacheHoldsBlobsLinksRefAndListing) {
  ASSERT_EQ(say({"pull", "me/tiny"}), 0) << err_;
  const os::MemTree tree = parts_.disk.tree(kRepository);
  const std::string commit = *parts_.disk.text(std::string(kRepository) + "/refs/main");
  const std::string folder = std::string(kRepository) + "/snapshots/" + commit;
  EXPECT_EQ(tree.at(folder + "/sub/twin-a.txt").content,
            "../../../blobs/" + git_blob_sha1(as_bytes("the same text\n")));
  EXPECT_EQ(tree.at(folder + "/twin-b.txt").content,
            "../../blobs/" + git_blob_sha1(as_bytes("the same text\n")));
  EXPECT_TRUE(tree.contains(std::string(kRepository) + "/trees/" + commit + ".json"));
  EXPECT_TRUE(
      parts_.disk.text("/cache/CACHEDIR.TAG")->starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
}

TEST_F(Pulling, OfflineTheWholeSnapshotAnswersWithoutARequest) {
  ASSERT_EQ(say({"pull", "me/tiny"}), 0);
  const std::string folder = out_;
  parts_.environment.values["HF_HUB_OFFLINE"] = "1";
  parts_.transport.clear();
  EXPECT_EQ(say({"pull", "me/tiny"}), 0) << err_;
  EXPECT_EQ(out_, folder);
  EXPECT_EQ(say({"pull", "me/tiny", "--revision", "dev"}), 3);
  ASSERT_TRUE(
      parts_.disk.remove(std::string(kRepository) + "/blobs/" + git_blob_sha1(as_bytes("the same text\n"))));
  EXPECT_EQ(say({"pull", "me/tiny"}), 3);
  EXPECT_NE(err_.find("twin"), std::string::npos) << err_;
  EXPECT_TRUE(parts_.transport.requests().empty());
}

TEST_F(Pulling, AFullDiskIsNamedBeforeTheFirstByte) {
  parts_.disk.set_free_space(20);
  EXPECT_EQ(say({"pull", "me/tiny", "--out", "/copy"}), 1);
  EXPECT_NE(err_.find("free some space"), std::string::npos) << err_;
  EXPECT_EQ(downloads(), 0u);
}

TEST_F(Pulling, WrongBytesReachNoName) {
  parts_.transport.set_script([](const os::HttpRequest& request, std::size_t) {
    const bool config = request.url.ends_with("config.json");
    return config ? os::Mishap{.kind = os::Mishap::Kind::kStatus,
                               .status = 200,
                               .body = "{\"model_type\": \"lIama\"}\n"}
                  : os::Mishap{};
  });
  EXPECT_EQ(say({"pull", "me/tiny", "--out", "/copy"}), 5);
  EXPECT_EQ(parts_.disk.text("/copy/config.json"), std::nullopt);
  EXPECT_EQ(say({"pull", "me/tiny"}), 5);
}

// Another pull of the same comes in between, before each call to the disk in turn: whole, or as far as it
// need not wait.
TEST_F(Pulling, TwoIntoOnePlaceDoNotDisturbEachOther) {
  struct Way {
    std::vector<std::string> words;
    std::string place;
    std::string no_links;
  };
  for (const Way& way : {Way{{"pull", "me/tiny", "--out", "/copy"}, "/copy", "0"},
                         Way{{"pull", "me/tiny"}, "/cache", "0"}, Way{{"pull", "me/tiny"}, "/cache", "1"}}) {
    parts_.environment.values["HF_HUB_DISABLE_SYMLINKS"] = way.no_links;
    bool met = true;
    for (std::size_t at = 0; met; ++at) {
      SCOPED_TRACE(fmt::format("{} {} at call {}", way.place, way.no_links, at));
      clear(way.place);
      MeetingDisk disk(parts_.disk, at, [&] {
        Impatient executor(parts_.clock);
        const os::World own = parts_.world();
        const int code = say_on({.files = own.files,
                                 .http = own.http,
                                 .executor = executor,
                                 .clock = own.clock,
                                 .dice = own.dice,
                                 .environment = own.environment},
                                way.words);
        EXPECT_TRUE(code == 0 || code == 130) << err_;
      });
      ASSERT_EQ(say_on(parts_.world_on(disk), way.words), 0) << err_;
      met = disk.met();
      ASSERT_EQ(say(way.words), 0) << err_;
      const std::string folder = out_.substr(0, out_.find('\n'));
      for (const char* name : {"config.json", "sub/twin-a.txt", "twin-b.txt", "empty.txt"})
        EXPECT_EQ(parts_.disk.text(os::join(folder, name)), parts_.disk.text(os::join("/model", name)))
            << name;
    }
  }
}

struct Listed {
  std::string path;
  std::string oid;
};

TEST_F(Pulling, NamesThatNoFolderMayHoldAreRefused) {
  const std::string good(40, 'a');
  for (const Listed& row :
       {Listed{"../evil", good}, Listed{".git/config", good}, Listed{"x", "../../../evil"},
        Listed{".cache/huggingface/slipway/journal", good}}) {
    parts_.transport.set_script([&](const os::HttpRequest& request, std::size_t) {
      if (request.url.find("/tree/") == std::string::npos) return os::Mishap{};
      return os::Mishap{
          .kind = os::Mishap::Kind::kStatus,
          .status = 200,
          .body = R"([{"type":"file","path":")" + row.path + R"(","size":3,"oid":")" + row.oid + "\"}]"};
    });
    EXPECT_EQ(say({"pull", "me/tiny", "--out", "/copy"}), 1) << row.path;
    EXPECT_TRUE(parts_.disk.tree("/copy").empty());
  }
}

}  // namespace
}  // namespace slipway::cli
