// support/server_ground.h - the embedded Hub, asked as stock clients ask: in their spellings.
#pragma once

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "support/hub_ground.h"

namespace slipway::testing {

class ServerTest : public ::testing::Test {
 protected:
  explicit ServerTest(server::ServerOptions options = {}) : hub_(std::move(options)) {}

  os::CollectedReply ask(std::string method, const std::string& target, std::string body = "",
                         os::Headers headers = {}) {
    os::HttpRequest request{
        .method = std::move(method), .url = "http://hub.test" + target, .headers = std::move(headers)};
    if (!body.empty()) request.body = os::text_body(std::move(body));
    if (!token_.empty()) request.headers.set("Authorization", "Bearer " + token_);
    auto reply = os::send_and_collect(hub_.transport(), request, 64u << 20);
    EXPECT_TRUE(reply) << (reply ? "" : describe(reply.error()));
    return reply ? std::move(*reply) : os::CollectedReply{};
  }

  int status(std::string method, const std::string& target, std::string body = "", os::Headers headers = {}) {
    return ask(std::move(method), target, std::move(body), std::move(headers)).response.status;
  }

  static json::Value parsed(const os::CollectedReply& reply) { return json::parse(reply.body).value(); }

  void create(const std::string& owner, const std::string& name, const std::string& more = "") {
    EXPECT_EQ(status("POST", "/api/repos/create",
                     R"({"name":")" + name + R"(","organization":")" + owner + "\"" + more + "}"),
              200);
  }

  std::string head(const std::string& repo, const std::string& revision = "main") {
    return parsed(ask("GET", "/api/models/" + repo + "/revision/" + revision)).find("sha")->string();
  }

  static std::string line(std::string_view key, json::Value value) {
    return json::print_compact(json::Value::object({{"key", key}, {"value", std::move(value)}})) + "\n";
  }
  static std::string header(const std::string& parent = "") {
    json::Value value = json::Value::object({{"summary", "a change"}, {"description", ""}});
    if (!parent.empty()) value.set("parentCommit", parent);
    return line("header", std::move(value));
  }
  static std::string file(const std::string& path, std::string_view text) {
    return line("file",
                json::Value::object(
                    {{"path", path}, {"content", base64_encode(as_bytes(text))}, {"encoding", "base64"}}));
  }
  static std::string lfs(const std::string& path, std::string_view text) {
    return line("lfsFile", json::Value::object(
                               {{"path", path}, {"algo", "sha256"}, {"oid", sha256_hex(as_bytes(text))}}));
  }

  // Stores an object the way stock clients do: by the batch's address, with no header at all.
  void store(const std::string& repo, const std::string& text) {
    const std::string body =
        R"({"operation":"upload","hash_algo":"sha_256","transfers":["basic"],"objects":[{"oid":")" +
        sha256_hex(as_bytes(text)) + R"(","size":)" + std::to_string(text.size()) + "}]}";
    const json::Value answer = parsed(ask("POST", "/" + repo + ".git/info/lfs/objects/batch", body));
    const json::Value* actions = answer.find("objects")->items()[0].find("actions");
    ASSERT_NE(actions, nullptr);
    const std::string href = actions->find("upload")->find("href")->string();
    const std::string token = std::exchange(token_, "");
    EXPECT_EQ(status("PUT", href.substr(std::string("http://hub.test").size()), text), 200);
    token_ = token;
  }

  int commit(const std::string& repo, const std::string& body, const std::string& branch = "main") {
    return status("POST", "/api/models/" + repo + "/commit/" + branch, body);
  }

  std::string make_token(const std::string& user, const std::string& role,
                         std::vector<std::string> namespaces = {}) {
    return server::create_token(hub_.world(), hub_.root(), {user, role, std::move(namespaces)}).value();
  }

  HubGround hub_;
  std::string token_{};
};

}  // namespace slipway::testing
