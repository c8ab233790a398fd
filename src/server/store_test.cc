#include "server/store.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace slipway::server {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.path() + "/hub.sqlite"; }

  slipway::testing::TemporaryFolder folder_;
};

// The first format, with one repository in it.
constexpr std::string_view kFormat1 = R"(
CREATE TABLE repos(key INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, private INTEGER NOT NULL,
                   created TEXT NOT NULL, UNIQUE(owner, name));
CREATE TABLE refs(repo INTEGER NOT NULL REFERENCES repos(key) ON DELETE CASCADE, name TEXT NOT NULL, tag INTEGER NOT NULL,
                  commit_id TEXT NOT NULL, PRIMARY KEY(repo, name, tag));
CREATE TABLE commits(repo INTEGER NOT NULL REFERENCES repos(key) ON DELETE CASCADE, id TEXT NOT NULL, parent TEXT NOT NULL,
                     title TEXT NOT NULL, message TEXT NOT NULL, author TEXT NOT NULL, date TEXT NOT NULL,
                     tree TEXT NOT NULL, PRIMARY KEY(repo, id));
CREATE TABLE tree_files(tree TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, oid TEXT NOT NULL,
                        sha256 TEXT NOT NULL, lfs INTEGER NOT NULL, pointer_size INTEGER NOT NULL, PRIMARY KEY(tree, path));
CREATE TABLE tokens(id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, user TEXT NOT NULL, role TEXT NOT NULL,
                    namespaces TEXT NOT NULL, created TEXT NOT NULL);
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO meta VALUES('secret', 'the first secret');
INSERT INTO repos VALUES(7, 'me', 'old', 1, '2025-01-01T00:00:00.000Z');
INSERT INTO commits VALUES(7, 'c0ffee', '', 'initial commit', '', 'system', '2025-01-01T00:00:00.000Z', 'tree');
INSERT INTO refs VALUES(7, 'main', 0, 'c0ffee');
INSERT INTO tree_files VALUES('tree', 'm.bin', 5, 'oid', 'large', 1, 120), ('tree', 'again.bin', 5, 'oid', 'large', 1, 120),
                             ('tree', 'f.txt', 5, 'oid', 'small', 0, 0);
PRAGMA user_version = 1;
)";

TEST_F(StoreTest, AStoreOfTheFirstFormatKeepsWhatItHoldsAndGainsTheRest) {
  {
    const auto old = Database::open(path());
    ASSERT_TRUE(old && old->run(kFormat1));
  }
  for (const bool again : {false, true}) {
    const auto store = Store::open(path());
    ASSERT_TRUE(store) << describe(store.error());
    EXPECT_EQ((*store)->secret().value(), "the first secret");
    const auto repo = (*store)->find_repo("me", "old").value();
    ASSERT_TRUE(repo);
    EXPECT_TRUE(repo->is_private);
    EXPECT_EQ(repo->gated, again ? "auto" : "");
    EXPECT_EQ((*store)->find_commit(7, "main").value()->title, "initial commit");
    EXPECT_EQ((*store)->holders("large").value().at(0).full(), "me/old");
    EXPECT_TRUE((*store)->holders("small").value().empty());
    EXPECT_EQ((*store)->was_sent("large", "me").value(), again);
    ASSERT_TRUE((*store)->note_sent("large", "me"));
    EXPECT_EQ((*store)->discussions(7).value().size(), again ? 1u : 0u);
    const DiscussionRow row{
        .title = "new", .status = "draft", .pull_request = true, .base = "main", .base_commit = "c0ffee"};
    EXPECT_EQ((*store)->create_discussion(7, row, {}, nullptr).value(), again ? 2 : 1);
    EXPECT_EQ((*store)->find_commit(7, "refs/pr/1").value()->id, "c0ffee");
    ASSERT_TRUE((*store)->set_gated(7, "auto"));
  }
}

TEST_F(StoreTest, ANameThatIsTakenAnewMeansItsNewHolder) {
  const auto store = Store::open(path()).value();
  const CommitRow first{.id = "c0ffee"};
  ASSERT_TRUE(store->create_repo({.owner = "me", .name = "a"}, first, {}));
  const std::int64_t key = store->find_repo("me", "a").value()->key;
  ASSERT_TRUE(store->rename_repo(key, "me", "b"));
  ASSERT_TRUE(store->rename_repo(key, "me", "c"));
  EXPECT_EQ(store->find_renamed("me", "a").value()->name, "c");
  EXPECT_EQ(store->find_renamed("me", "b").value()->name, "c");
  ASSERT_TRUE(store->create_repo({.owner = "me", .name = "b"}, first, {}));
  EXPECT_FALSE(store->find_renamed("me", "b").value());
  ASSERT_TRUE(store->rename_repo(key, "me", "a"));
  EXPECT_FALSE(store->find_renamed("me", "a").value());  // it is called so again
  EXPECT_EQ(store->find_renamed("me", "c").value()->name, "a");
  ASSERT_TRUE(store->delete_repo(key));
  EXPECT_FALSE(store->find_renamed("me", "c").value());
}

TEST(PullNumber, IsOfExactlySuchARef) {
  EXPECT_EQ(pull_number("refs/pr/12"), 12);
  for (const char* other :
       {"refs/pr/", "refs/pr/0", "refs/pr/01", "refs/pr/-1", "refs/pr/1x", "refs/pr/1/2", "pr/1", "main"})
    EXPECT_EQ(pull_number(other), std::nullopt) << other;
}

}  // namespace
}  // namespace slipway::server
