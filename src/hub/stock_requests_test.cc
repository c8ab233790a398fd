// What we send beside what huggingface_hub sends for the same call: equal but for what the table lists.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "hub/client_test_support.h"
#include "slipway/content.h"
#include "support/golden.h"

namespace slipway::hub {
namespace {

using slipway::testing::text_of;

const wire::RepoId kAlice{"alice", "m1"};

std::string oid_in(const json::Value& row) {
  const std::string target = text_of(row, "target");
  for (std::size_t at = 0; at + 64 <= target.size(); ++at) {
    const std::string part = target.substr(at, 64);
    if (part.find_first_not_of("0123456789abcdef") == std::string::npos) return part;
  }
  return text_of(row, "body").substr(9, 64);
}

wire::LfsAnswer lfs_answer(const json::Value& row, bool parts) {
  const std::string url = "https://hub.test" + text_of(row, "target");
  wire::LfsAnswer answer{.oid = oid_in(row), .size = 3, .upload = wire::LfsAction{.href = url}};
  if (parts) answer.parts = wire::LfsParts{.chunk_bytes = 3, .urls = {url}};
  return answer;
}

void send_large(Client& client, const std::string& call, const json::Value& row) {
  const auto nothing = [](std::uint64_t) {};
  const auto content = literal_content("abc");
  if (call == "put_basic") (void)client.lfs_put(lfs_answer(row, false), 0, *content, nothing).has_value();
  if (call == "put_part") (void)client.lfs_put(lfs_answer(row, true), 0, *content, nothing).has_value();
  if (call == "join") {
    (void)client
        .lfs_finish(lfs_answer(row, true),
                    {"\"e0ac63ba0106f925ee987beca9e6a4ca\"", "\"512b47eb4ec7612adf4c88d994112a68\"",
                     "\"a18ec41f9b1c6c641a08d2e54c01ff87\""})
        .has_value();
  }
  if (call == "verify") {
    wire::LfsAnswer stored{.oid = text_of(row, "body").substr(9, 64), .size = 3};
    stored.verify = wire::LfsAction{.href = "https://hub.test" + text_of(row, "target")};
    (void)client.lfs_finish(stored, {}).has_value();
  }
}

void send_write(Client& client, const std::string& call) {
  const std::string upload = "Upload a b/hello.txt with huggingface_hub";
  if (call == "create_repo") (void)client.create_repo(kAlice, false).has_value();
  if (call == "preupload")
    (void)client.preupload(kAlice, "main", {{"a b/hello.txt", "hello", 5}}).has_value();
  if (call == "preupload_pr")
    (void)client.preupload(kAlice, "main", {{"pr.txt", "pr", 2}}, {.gitignore = {}, .create_pr = true})
        .has_value();
  if (call == "commit")
    (void)client.commit(kAlice, "main", {.summary = upload, .files = {{"a b/hello.txt", "hello"}}})
        .has_value();
  if (call == "commit_on_parent") {
    (void)client
        .commit(kAlice, "main",
                {.summary = "x", .parent_commit = std::string(40, '0'), .files = {{"z.txt", "z"}}})
        .has_value();
  }
  if (call == "commit_pr") {
    (void)client
        .commit(kAlice, "main",
                {.summary = "Upload pr.txt with huggingface_hub", .files = {{"pr.txt", "pr"}}},
                Target::kNewPullRequest)
        .has_value();
  }
  if (call == "validate_card") (void)client.validate_card("---\nlicense: mit\n---\n# hi\n").has_value();
  if (call == "lfs_batch") {
    (void)client
        .lfs_batch(kAlice, "main",
                   {{"321eed85921d1dfd05ec2937beebf5bf174bc49655aae9b4be425da982006500", 250'000},
                    {"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 3}})
        .has_value();
  }
  if (call == "create_branch") (void)client.create_branch(kAlice, "dev/x").has_value();
  if (call == "create_tag") (void)client.create_tag(kAlice, "main", "v1.0", "m").has_value();
  if (call == "move_repo") (void)client.move_repo(kAlice, {"acme", "m2"}).has_value();
  if (call == "delete_repo") (void)client.delete_repo({"acme", "m2"}).has_value();
}

void send_read(Client& client, const std::string& call) {
  if (call == "whoami") (void)client.whoami().has_value();
  if (call == "repo_exists") (void)client.repo_exists({"alice", "none"}).has_value();
  if (call == "repo_info") (void)client.repo_info(kAlice, "main").has_value();
  if (call == "tree") (void)client.tree(kAlice, "main").has_value();
  if (call == "history") (void)client.history(kAlice, "main", 10).has_value();
  if (call == "download") {
    (void)client.download(kAlice, "main", "README.md", {}, [](Bytes) { return Result<void>{}; }).has_value();
  }
}

// A body as its values, line by line, without the fields that we add.
std::string canonical(std::string_view body, const std::vector<std::string>& added) {
  std::string text;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    const auto value = json::parse(body.substr(0, end));
    if (!value) return std::string(body);
    json::Value kept = json::Value::object();
    for (const auto& [key, member] : value->members()) {
      if (std::ranges::find(added, key) == added.end()) kept.set(key, member);
    }
    text += json::print_compact(kept) + "\n";
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
  }
  return text;
}

std::vector<std::string> added_fields(const json::Value& row) {
  std::vector<std::string> added;
  const json::Value* ours = row.find("ours");
  const json::Value* fields = ours == nullptr ? nullptr : ours->find("fields_added");
  if (fields == nullptr) return added;
  for (const json::Value& field : fields->items()) added.push_back(field.string());
  return added;
}

// The header as stock clients send it, or as the row says that we add it.
std::optional<std::string> wanted_header(const json::Value& row, const char* name) {
  if (const json::Value* ours = row.find("ours"); ours != nullptr && ours->find("headers_added") != nullptr) {
    if (const json::Value* value = ours->find("headers_added")->find(name)) return value->string();
  }
  const json::Value* value = row.find("headers")->find(name);
  if (value == nullptr) return std::nullopt;
  return value->string() == "Bearer <token>" ? "Bearer hf_secret" : value->string();
}

TEST(StockRequests, OursAreTheSameButForWhatTheTableLists) {
  for (const json::Value& row : slipway::testing::golden_cases("hub/stock_requests.json")) {
    const std::string call = text_of(row, "call");
    SCOPED_TRACE(call);
    Scripted hub({answer(200, "[]")});
    send_read(hub.client(), call);
    send_write(hub.client(), call);
    send_large(hub.client(), call, row);
    ASSERT_GE(hub.requests(), 1u);
    EXPECT_EQ(hub.line(0), text_of(row, "method") + " " + text_of(row, "target"));
    for (const char* name : {"accept", "authorization", "content-type"})
      EXPECT_EQ(hub.last().headers.find(name), wanted_header(row, name)) << name;
    const std::vector<std::string> added = added_fields(row);
    if (!text_of(row, "body").empty()) {
      EXPECT_EQ(canonical(hub.body(0), added), canonical(text_of(row, "body"), {}));
    }
    for (const std::string& field : added)
      EXPECT_NE(hub.body(0).find("\"" + field + "\":"), std::string::npos) << field;
  }
}

}  // namespace
}  // namespace slipway::hub
