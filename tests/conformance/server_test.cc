// The embedded Hub, asked as stock clients ask: in their spellings, with their expectations of refusals.
#include <gtest/gtest.h>

#include <atomic>

#include "os/path.h"
#include "os/thread_executor.h"
#include "support/server_ground.h"

namespace slipway::server {
namespace {

using testing::ServerTest;

TEST_F(ServerTest, ANewRepositoryHasOneCommitWithTheDefaultAttributes) {
  create("me", "tiny");
  const auto tree = testing::remote_tree(hub_.transport(), "me/tiny");
  EXPECT_EQ(tree.size(), 1u);
  EXPECT_TRUE(tree.contains(".gitattributes"));
  const auto again = ask("POST", "/api/repos/create", R"({"name":"tiny","organization":"me"})");
  EXPECT_EQ(again.response.status, 409);
  EXPECT_EQ(parsed(again).find("url")->string(),
            "http://hub.test/me/tiny");  // stock clients read it of a 409
}

TEST_F(ServerTest, RefusesBadNames) {
  for (const char* name : {"", "a--b", "-a", "a.git", "a/b", "..", "a b"}) {
    EXPECT_EQ(
        status("POST", "/api/repos/create", std::string(R"({"name":")") + name + R"(","organization":"me"})"),
        400)
        << name;
  }
}

TEST_F(ServerTest, SaysNotFoundAsStockClientsReadIt) {
  create("me", "tiny");
  const auto code = [&](const std::string& target) {
    return ask("GET", target).response.headers.find("X-Error-Code").value_or("");
  };
  EXPECT_EQ(code("/api/models/me/absent"), "RepoNotFound");
  EXPECT_EQ(code("/api/models/me/tiny/revision/nope"), "RevisionNotFound");
  EXPECT_EQ(code("/me/tiny/resolve/main/absent.json"), "EntryNotFound");
  EXPECT_EQ(code("/api/models/me/tiny/tree/main/additional_chat_templates"), "EntryNotFound");
  EXPECT_TRUE(ask("GET", "/me/tiny/resolve/main/absent.json").response.headers.contains("X-Repo-Commit"));
  EXPECT_EQ(status("GET", "/no/such/route/at/all"), 404);
}

TEST_F(ServerTest, ChoosesTheUploadModeByAttributesContentAndSize) {
  create("me", "tiny");
  EXPECT_EQ(commit("me/tiny", header() + file("a.json", "{}")), 200);
  const auto row = [](const std::string& path, std::string_view sample, std::uint64_t size) {
    return json::Value::object({{"path", path}, {"sample", base64_encode(as_bytes(sample))}, {"size", size}});
  };
  const json::Value asked = json::Value::object(
      {{"files",
        json::Value::array({row("m.safetensors", "text", 4), row("b.json", "{}", 2),
                            row("c.dat", std::string_view("\0x", 2), 2), row("d.json", "{}", 11u << 20),
                            row("a.json", "{}", 2), row("e.txt", "caf\xC3", 5)})}});
  const json::Value answer =
      parsed(ask("POST", "/api/models/me/tiny/preupload/main", json::print_compact(asked)));
  std::string modes;
  for (const json::Value& file : answer.find("files")->items()) {
    modes += file.find("uploadMode")->string()[0];
    EXPECT_EQ(file.find("shouldIgnore")->as_bool(), false);
  }
  EXPECT_EQ(modes, "lrllrr");
  EXPECT_EQ(answer.find("files")->items()[4].find("oid")->string(), git_blob_sha1(as_bytes("{}")));
  EXPECT_EQ(answer.find("files")->items()[1].find("oid"), nullptr);
}

TEST_F(ServerTest, CommitsRegularAndLargeFilesAndCoversThemByAttributes) {
  create("me", "tiny");
  store("me/tiny", "weights");
  EXPECT_EQ(commit("me/tiny", header() + file("config.json", "{}") + lfs("big.json", "weights")), 200);
  EXPECT_EQ(ask("GET", "/me/tiny/resolve/main/big.json").body, "weights");
  EXPECT_NE(ask("GET", "/me/tiny/raw/main/big.json").body.find("oid sha256:"), std::string::npos);
  EXPECT_NE(ask("GET", "/me/tiny/resolve/main/.gitattributes").body.find("big.json filter=lfs"),
            std::string::npos);
}

TEST_F(ServerTest, RefusesACommitWhoseObjectIsNotStored) {
  create("me", "tiny");
  const std::string before = head("me/tiny");
  EXPECT_EQ(commit("me/tiny", header() + lfs("m.safetensors", "never sent")), 400);
  EXPECT_EQ(head("me/tiny"), before);
}

TEST_F(ServerTest, RefusesWhatTheRealHubRefuses) {
  create("me", "tiny");
  const std::string before = head("me/tiny");
  EXPECT_EQ(commit("me/tiny", header() + file("../x", "a")), 400);
  EXPECT_EQ(commit("me/tiny", header() + file(".git/config", "a")), 400);
  EXPECT_EQ(commit("me/tiny", file("a", "no header")), 400);
  EXPECT_EQ(commit("me/tiny", header() + line("deletedFile", json::Value::object({{"path", "absent"}}))),
            404);
  EXPECT_EQ(commit("me/tiny", header() + file("README.md", "---\nlicense: not-a-licence\n---\n")), 400);
  EXPECT_EQ(commit("me/tiny", header() + file("a", "x") + file("a/b", "y")), 400);
  EXPECT_EQ(commit("me/tiny", "not json\n"), 400);
  EXPECT_EQ(commit("me/tiny", header("0123456789") + file("a", "x")), 412);
  EXPECT_EQ(commit("me/tiny", header() + file("a", std::string(11u << 20, 'x'))), 413);
  EXPECT_EQ(head("me/tiny"), before);
  EXPECT_EQ(commit("me/tiny", header()), 200);  // a header alone changes nothing
  EXPECT_EQ(head("me/tiny"), before);
}

TEST_F(ServerTest, CountsEveryLineOfACommitDeletionsToo) {
  create("me", "tiny");
  const auto many = [](const std::string& line, std::size_t count) {
    std::string lines;
    for (std::size_t i = 0; i < count; ++i) lines += line;
    return lines;
  };
  const auto gone = [](const char* key) { return line(key, json::Value::object({{"path", "absent"}})); };
  for (const std::string& each : {gone("deletedFile"), gone("deletedFolder"), file("f", "x"), header(),
                                  lfs("f", "x"), std::string(" \n")})
    EXPECT_EQ(commit("me/tiny", header() + many(each, 25'001)), 413) << each;
  EXPECT_EQ(commit("me/tiny", header() + many(gone("deletedFile"), 25'000)), 404);  // they are looked for
}

TEST_F(ServerTest, ADeletedFolderIsItsFilesAndNoOthers) {
  create("me", "tiny");
  EXPECT_EQ(commit("me/tiny", header() + file("a/x", "x") + file("a/y/z", "z") + file("a.txt", "t") +
                                  file("a0", "0") + file("ab/x", "b")),
            200);
  EXPECT_EQ(commit("me/tiny", header() + line("deletedFolder", json::Value::object({{"path", "a"}}))), 200);
  for (const char* path : {"a.txt", "a0", "ab/x"})
    EXPECT_EQ(status("GET", std::string("/me/tiny/resolve/main/") + path), 200) << path;
  for (const char* path : {"a/x", "a/y/z"})
    EXPECT_EQ(status("GET", std::string("/me/tiny/resolve/main/") + path), 404) << path;
}

TEST_F(ServerTest, OfTwoCommitsOnOneParentExactlyOneWins) {
  create("me", "tiny");
  const std::string parent = head("me/tiny");
  std::atomic<int> won{0}, lost{0};
  std::vector<os::Executor::Task> tasks;
  for (int i = 0; i < 8; ++i) {
    tasks.emplace_back([&, i] {
      const int code = commit("me/tiny", header(parent) + file("f" + std::to_string(i), "x"));
      (code == 200 ? won : lost) += 1;
    });
  }
  os::ThreadExecutor().run(std::move(tasks), 8);
  EXPECT_EQ(won, 1);
  EXPECT_EQ(lost, 7);
}

TEST_F(ServerTest, RefusesBytesThatAreNotWhatWasAnnounced) {
  create("me", "tiny");
  const std::string oid = sha256_hex(as_bytes("right"));
  const json::Value answer =
      parsed(ask("POST", "/me/tiny.git/info/lfs/objects/batch",
                 R"({"operation":"upload","objects":[{"oid":")" + oid + R"(","size":5}]})"));
  std::string href =
      answer.find("objects")->items()[0].find("actions")->find("upload")->find("href")->string().substr(15);
  EXPECT_EQ(status("PUT", href, "wrong"), 400);
  EXPECT_EQ(status("PUT", href, "righ"), 400);
  EXPECT_EQ(status("PUT", href, "right and more"), 400);
  EXPECT_EQ(status("PUT", href.substr(0, href.find('?')) + "?sig=0", "right"), 403);
  EXPECT_EQ(commit("me/tiny", header() + lfs("m.bin", "right")), 400);
  EXPECT_EQ(status("PUT", href, "right"), 200);
  EXPECT_EQ(commit("me/tiny", header() + lfs("m.bin", "right")), 200);
}

TEST_F(ServerTest, ServesRangesAndConditions) {
  create("me", "tiny");
  EXPECT_EQ(commit("me/tiny", header() + file("f.txt", "0123456789") + file("empty", "")), 200);
  const auto get = [&](const std::string& range) {
    return ask("GET", "/me/tiny/resolve/main/f.txt", "", {{"Range", range}});
  };
  EXPECT_EQ(get("bytes=2-4").body, "234");
  EXPECT_EQ(get("bytes=2-4").response.status, 206);
  EXPECT_EQ(get("bytes=7-").body, "789");
  EXPECT_EQ(get("bytes=-3").body, "789");
  EXPECT_EQ(get("bytes=8-99").response.headers.find("Content-Range"), "bytes 8-9/10");
  EXPECT_EQ(get("bytes=10-").response.status, 416);
  EXPECT_EQ(get("bytes=10-").response.headers.find("Content-Range"), "bytes */10");
  const auto empty = ask("GET", "/me/tiny/resolve/main/empty", "", {{"Range", "bytes=0-0"}});
  EXPECT_EQ(empty.response.status, 200);
  EXPECT_EQ(empty.response.headers.find("Content-Range"), "bytes */0");
  const auto head = ask("HEAD", "/me/tiny/resolve/main/f.txt");
  EXPECT_EQ(head.response.headers.find("ETag"), "\"" + git_blob_sha1(as_bytes("0123456789")) + "\"");
  EXPECT_EQ(status("GET", "/me/tiny/resolve/main/f.txt", "",
                   {{"If-None-Match", *head.response.headers.find("ETag")}}),
            304);
}

TEST_F(ServerTest, ListsTreesInPagesAndPathsInBothForms) {
  create("me", "tiny");
  std::string body = header();
  for (int i = 0; i < 1005; ++i) body += file("d/f" + std::to_string(1000 + i), "x");
  EXPECT_EQ(commit("me/tiny", body), 200);
  EXPECT_EQ(testing::remote_tree(hub_.transport(), "me/tiny").size(), 1006u);  // the client follows the pages
  EXPECT_EQ(parsed(ask("GET", "/api/models/me/tiny/tree/main")).items().size(), 2u);
  const auto form = parsed(ask("POST", "/api/models/me/tiny/paths-info/main",
                               "paths=d&paths=d%2Ff1000&paths=absent&expand=True",
                               {{"Content-Type", "application/x-www-form-urlencoded"}}));
  ASSERT_EQ(form.items().size(), 2u);
  EXPECT_EQ(form.items()[0].find("type")->string(), "directory");
  EXPECT_NE(form.items()[1].find("lastCommit"), nullptr);
  const auto as_json = parsed(ask("POST", "/api/models/me/tiny/paths-info/main", R"({"paths":["d/f1000"]})",
                                  {{"Content-Type", "application/json"}}));
  EXPECT_EQ(as_json.items().size(), 1u);
}

TEST_F(ServerTest, BranchesAndTagsMayHoldSlashesRawOrEncoded) {
  create("me", "tiny");
  EXPECT_EQ(status("POST", "/api/models/me/tiny/branch/dev%2Fy"), 200);
  EXPECT_EQ(status("POST", "/api/models/me/tiny/branch/dev%2Fy"), 409);
  EXPECT_EQ(commit("me/tiny", header() + file("a/b.txt", "x"), "dev%2Fy"), 200);
  EXPECT_EQ(parsed(ask("GET", "/api/models/me/tiny/tree/dev/y/a")).items().size(), 1u);
  EXPECT_EQ(parsed(ask("GET", "/api/models/me/tiny/tree/dev%2Fy/a")).items().size(), 1u);
  EXPECT_EQ(status("POST", "/api/models/me/tiny/tag/dev%2Fy", R"({"tag":"v1"})"), 200);
  EXPECT_EQ(ask("GET", "/me/tiny/resolve/v1/a/b.txt").body, "x");
  EXPECT_EQ(status("DELETE", "/api/models/me/tiny/branch/main"), 403);
  EXPECT_EQ(status("DELETE", "/api/models/me/tiny/branch/dev%2Fy"), 200);
  EXPECT_EQ(status("POST", "/api/models/me/tiny/branch/bad%20name"), 400);
}

TEST_F(ServerTest, TheFirstTokenEndsOpenMode) {
  create("me", "open", R"(,"visibility":"public")");
  create("me", "closed", R"(,"private":true)");
  EXPECT_EQ(parsed(ask("GET", "/api/whoami-v2")).find("name")->string(), "local");
  const std::string writer = make_token("me", "write", {"org"});
  EXPECT_EQ(status("GET", "/api/whoami-v2"), 401);
  EXPECT_EQ(status("GET", "/api/models/me/open"), 200);
  EXPECT_EQ(status("GET", "/api/models/me/closed"), 401);
  EXPECT_EQ(commit("me/open", header() + file("a", "x")), 401);
  EXPECT_EQ(status("GET", "/api/whoami-v2", "", {{"Authorization", "Bearer hf_wrong"}}), 401);
  token_ = writer;
  EXPECT_EQ(parsed(ask("GET", "/api/whoami-v2")).find("orgs")->items()[0].find("name")->string(), "org");
  EXPECT_EQ(commit("me/open", header() + file("a", "x")), 200);
  create("org", "theirs");
  EXPECT_EQ(status("POST", "/api/repos/create", R"({"name":"x","organization":"other"})"), 403);
  token_ = make_token("guest", "read");
  EXPECT_EQ(status("GET", "/api/models/me/closed"), 200);  // private ones are seen by every signed-in user
  EXPECT_EQ(commit("me/open", header() + file("b", "x")), 403);
  token_ = make_token("root", "admin");
  EXPECT_EQ(commit("me/closed", header() + file("b", "x")), 200);
}

TEST_F(ServerTest, ARevokedTokenIsRefusedAtOnce) {
  token_ = make_token("me", "write");
  make_token("root", "admin");
  EXPECT_EQ(status("GET", "/api/whoami-v2"), 200);
  const auto rows = list_tokens(hub_.world(), hub_.root()).value();
  for (const TokenRow& row : rows) {
    EXPECT_TRUE(row.user != "me" || revoke_token(hub_.world(), hub_.root(), row.id));
  }
  EXPECT_EQ(status("GET", "/api/whoami-v2"), 401);
  EXPECT_EQ(revoke_token(hub_.world(), hub_.root(), "absent").error().code, ErrorCode::kNotFound);
}

TEST_F(ServerTest, AFormerNameLeadsToTheNewOneUntilItIsTakenAnew) {
  create("me", "old", R"(,"visibility":"public")");
  EXPECT_EQ(commit("me/old", header() + file("f.txt", "first")), 200);
  EXPECT_EQ(status("POST", "/api/repos/move", R"({"fromRepo":"me/old","toRepo":"org/new","type":"model"})"),
            200);
  const auto location = [&](const std::string& method, const std::string& target) {
    const auto reply = ask(method, target);
    EXPECT_EQ(reply.response.status, 307) << target;
    return reply.response.headers.find("Location").value_or("");
  };
  EXPECT_EQ(location("GET", "/api/models/me/old"), "/api/models/org/new");
  EXPECT_EQ(location("GET", "/api/models/me/old/tree/dev%2Fx/a%20b?recursive=true"),
            "/api/models/org/new/tree/dev%2Fx/a%20b?recursive=true");
  EXPECT_EQ(location("HEAD", "/me/old/resolve/main/f.txt"), "/org/new/resolve/main/f.txt");
  EXPECT_EQ(location("POST", "/me/old.git/info/lfs/objects/batch"), "/org/new.git/info/lfs/objects/batch");
  EXPECT_EQ(location("POST", "/api/models/me/old/commit/main"), "/api/models/org/new/commit/main");
  EXPECT_EQ(status("DELETE", "/api/repos/delete", R"({"name":"old","organization":"me"})"), 404);
  create("me", "old");
  EXPECT_EQ(status("GET", "/me/old/resolve/main/f.txt"), 404);
  EXPECT_EQ(ask("GET", "/org/new/resolve/main/f.txt").body, "first");
}

TEST_F(ServerTest, AFormerNameTellsStrangersNothingOfAPrivateRepository) {
  create("me", "old", R"(,"private":true)");
  EXPECT_EQ(status("POST", "/api/repos/move", R"({"fromRepo":"me/old","toRepo":"me/new"})"), 200);
  const std::string reader = make_token("reader", "read");
  EXPECT_EQ(status("GET", "/api/models/me/old"), 401);
  token_ = reader;
  EXPECT_EQ(status("GET", "/api/models/me/old"), 307);
}

TEST_F(ServerTest, FilesOfAGatedRepositoryAreForThoseWhoMayWriteToIt) {
  create("me", "tiny", R"(,"visibility":"public")");
  EXPECT_EQ(commit("me/tiny", header() + file("f.txt", "text")), 200);
  const auto set = [&](const std::string& body) {
    return status("PUT", "/api/models/me/tiny/settings", body);
  };
  const auto gated = [&] {
    return json::print_compact(*parsed(ask("GET", "/api/models/me/tiny")).find("gated"));
  };
  EXPECT_EQ(gated(), "false");
  EXPECT_EQ(set(R"({"gated":"sometimes"})"), 400);
  EXPECT_EQ(set(R"({"gated":true})"), 400);
  EXPECT_EQ(set("{}"), 400);
  EXPECT_EQ(set(R"({"gated":"manual"})"), 200);
  EXPECT_EQ(gated(), "\"manual\"");
  const std::string owner = make_token("me", "write");
  const std::string guest = make_token("guest", "write");
  for (const char* target : {"/me/tiny/resolve/main/f.txt", "/me/tiny/raw/main/f.txt"}) {
    token_.clear();
    const auto anonymous = ask("GET", target);
    EXPECT_EQ(anonymous.response.status, 401);
    EXPECT_EQ(anonymous.response.headers.find("X-Error-Code"), "GatedRepo");
    token_ = guest;
    const auto known = ask("HEAD", target);
    EXPECT_EQ(known.response.status, 403);
    EXPECT_EQ(known.response.headers.find("X-Error-Code"), "GatedRepo");
    token_ = owner;
    EXPECT_EQ(ask("GET", target).body, "text");
  }
  EXPECT_EQ(set(R"({"gated":"auto","visibility":"public"})"), 200);
  token_.clear();
  EXPECT_EQ(gated(), "\"auto\"");
  EXPECT_EQ(status("GET", "/api/models/me/tiny/tree/main"), 200);
  token_ = owner;
  EXPECT_EQ(set(R"({"gated":false})"), 200);
  token_.clear();
  EXPECT_EQ(ask("GET", "/me/tiny/resolve/main/f.txt").body, "text");
}

TEST_F(ServerTest, CountsCommitsAndNamesRequests) {
  create("me", "tiny");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(commit("me/tiny", header() + file("f", std::to_string(i))), 200);
  const auto first = ask("GET", "/api/models/me/tiny/commits/HEAD?limit=2");
  EXPECT_EQ(first.response.headers.find("X-Total-Count"), "5");
  EXPECT_EQ(first.response.headers.find("Link"),
            "<http://hub.test/api/models/me/tiny/commits/HEAD?limit=2&p=1>; rel=\"next\"");
  EXPECT_EQ(parsed(first).items().size(), 2u);
  const auto last = ask("GET", "/api/models/me/tiny/commits/main?limit=2&p=2");
  EXPECT_EQ(parsed(last).items().size(), 1u);
  EXPECT_FALSE(last.response.headers.contains("Link"));
  EXPECT_EQ(head("me/tiny", "HEAD"), head("me/tiny", "refs%2Fheads%2Fmain"));
  const auto id = [&](const std::string& target, os::Headers headers = {}) {
    return ask("GET", target, "", std::move(headers)).response.headers.find("X-Request-Id").value_or("");
  };
  EXPECT_EQ(id("/api/models/me/tiny").size(), 32u);
  EXPECT_NE(id("/me/tiny/resolve/main/f"), id("/me/tiny/resolve/main/f"));
  EXPECT_EQ(id("/no/such/route", {{"X-Request-Id", "mine-1"}}), "mine-1");
  EXPECT_EQ(id("/no/such/route", {{"X-Request-Id", std::string(129, 'a')}}).size(), 32u);
}

TEST_F(ServerTest, ARangeMayEndAnywherePastTheFile) {
  create("me", "tiny");
  EXPECT_EQ(commit("me/tiny", header() + file("f.txt", "0123456789")), 200);
  for (const char* end : {"10", "18446744073709551615"}) {
    const auto reply =
        ask("GET", "/me/tiny/resolve/main/f.txt", "", {{"Range", std::string("bytes=8-") + end}});
    EXPECT_EQ(reply.response.status, 206);
    EXPECT_EQ(reply.body, "89");
  }
}

TEST_F(ServerTest, ListsRepositoriesPageByPage) {
  for (const char* name : {"a", "b", "c", "d", "e"}) create("me", name);
  create("you", "f");
  std::string target = "/api/models?author=me&limit=2", names;
  for (int page = 0; page < 3; ++page) {
    const auto reply = ask("GET", target);
    const json::Value repos = parsed(reply);
    for (const json::Value& repo : repos.items()) names += repo.find("id")->string() + " ";
    const auto next = hub::next_page(reply.response, "http://hub.test");
    ASSERT_TRUE(next);
    EXPECT_EQ(next->has_value(), page < 2) << page;
    target = next->value_or("http://hub.test").substr(std::string("http://hub.test").size());
  }
  EXPECT_EQ(names, "me/a me/b me/c me/d me/e ");
}

TEST_F(ServerTest, ThePageEscapesWhatPeopleWrote) {
  create("me", "tiny");
  EXPECT_EQ(
      commit("me/tiny", header() + file("README.md", "# <script>alert(1)</script>\n") + file("<img>", "x")),
      200);
  const std::string page = ask("GET", "/me/tiny", "", {{"Accept", "text/html"}}).body;
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_EQ(page.find("<img>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
}

TEST_F(ServerTest, ValidatesCardsAsTheHubDoes) {
  const auto good =
      ask("POST", "/api/validate-yaml", R"({"content":"---\nlicense: mit\n---\n","repoType":"model"})");
  EXPECT_EQ(good.response.status, 200);
  EXPECT_EQ(parsed(good).find("errors")->items().size(), 0u);
  const auto bad =
      ask("POST", "/api/validate-yaml", R"({"content":"---\nlicense: nope\n---\n","repoType":"model"})");
  EXPECT_EQ(bad.response.status, 400);
  EXPECT_FALSE(parsed(bad).find("errors")->items().empty());
}

TEST_F(ServerTest, ANewerStoreIsRefusedByName) {
  testing::TemporaryFolder folder;
  {
    ASSERT_TRUE(server::HubServer::open(hub_.world(), {.root = folder.path()}));
  }
  os::PosixFileSystem files;
  std::string bytes = os::read_file(files, folder.path() + "/hub.sqlite", 64u << 20).value();
  bytes[63] = 99;  // user_version, big-endian, at offset 60
  ASSERT_TRUE(os::replace_file(files, folder.path() + "/hub.sqlite", as_bytes(bytes)));
  const auto opened = server::HubServer::open(hub_.world(), {.root = folder.path()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace slipway::server
