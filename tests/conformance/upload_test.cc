// Large objects on their way into the embedded Hub: in parts, and under addresses that end.
#include <gtest/gtest.h>

#include "os/path.h"
#include "server/faulty_handler.h"
#include "support/server_ground.h"

namespace slipway::server {
namespace {

using testing::ServerTest;

class UploadTest : public ServerTest {
 protected:
  UploadTest() : ServerTest({.multipart_from = 10, .multipart_part = 4, .upload_seconds = 60}) {
    create("me", "tiny");
  }

  json::Value batch(const std::string& text, const std::string& transfers = R"("basic","multipart")") {
    const std::string body = R"({"operation":"upload","transfers":[)" + transfers +
                             R"(],"objects":[{"oid":")" + sha256_hex(as_bytes(text)) + R"(","size":)" +
                             std::to_string(text.size()) + "}]}";
    return parsed(ask("POST", "/me/tiny.git/info/lfs/objects/batch", body));
  }

  static std::string path_of(const json::Value& url) {
    return url.string().substr(std::string("http://hub.test").size());
  }
  static const json::Value* upload_of(const json::Value& batch) {
    const json::Value* actions = batch.find("objects")->items()[0].find("actions");
    return actions == nullptr ? nullptr : actions->find("upload");
  }
  static std::string part(const json::Value& upload, int number) {
    return path_of(*upload.find("header")->find("0000" + std::to_string(number)));
  }

  // Sends a part and gives its tag, quotes and all.
  std::string send(const json::Value& upload, int number, const std::string& text) {
    const auto reply = ask("PUT", part(upload, number), text);
    EXPECT_EQ(reply.response.status, 200) << reply.body;
    return reply.response.headers.find("ETag").value_or("");
  }

  static std::string completion(const std::string& oid, const std::vector<std::string>& tags) {
    json::Value parts = json::Value::array();
    for (const std::string& tag : tags) {
      parts.push_back(json::Value::object({{"partNumber", parts.items().size() + 1}, {"etag", tag}}));
    }
    return json::print_compact(json::Value::object({{"oid", oid}, {"parts", std::move(parts)}}));
  }

  std::size_t folders_of_parts() {
    os::PosixFileSystem files;
    return files.list(hub_.root() + "/parts").value().size();
  }

  const std::string text_ = "0123456789a";
  const std::string oid_ = sha256_hex(as_bytes(text_));
};

TEST_F(UploadTest, AnObjectOfThatSizeIsSentInPartsAndIsThereWhenTheyAreWhole) {
  const json::Value answer = batch(text_);
  EXPECT_EQ(answer.find("transfer")->string(), "multipart");
  const json::Value* upload = upload_of(answer);
  ASSERT_NE(upload, nullptr);
  EXPECT_EQ(upload->find("header")->find("chunk_size")->string(), "4");
  EXPECT_EQ(upload->find("header")->members().size(), 4u);
  std::vector<std::string> tags(3);
  tags[1] = send(*upload, 2, "4567");
  tags[2] = send(*upload, 3, "89a");
  hub_.restart();
  tags[0] = send(*upload, 1, "0123");
  EXPECT_TRUE(tags[0].starts_with('"') && tags[0].ends_with('"'));
  EXPECT_EQ(commit("me/tiny", header() + lfs("w.bin", text_)), 400);  // not before it is whole
  const std::string done = path_of(*upload->find("href"));
  EXPECT_EQ(status("POST", done, completion(oid_, tags)), 200);
  EXPECT_EQ(status("POST", done, completion(oid_, tags)), 200);  // asked again, as after a lost reply
  EXPECT_EQ(folders_of_parts(), 0u);
  EXPECT_EQ(commit("me/tiny", header() + lfs("w.bin", text_)), 200);
  EXPECT_EQ(ask("GET", "/me/tiny/resolve/main/w.bin").body, text_);
  EXPECT_EQ(upload_of(batch(text_)), nullptr);
}

TEST_F(UploadTest, SmallerObjectsAndClientsWithoutMultipartGetOneAddress) {
  EXPECT_EQ(upload_of(batch("012345678"))->find("header"), nullptr);
  const json::Value basic = batch(text_, R"("basic")");
  EXPECT_EQ(basic.find("transfer")->string(), "basic");
  EXPECT_EQ(upload_of(basic)->find("header"), nullptr);
  EXPECT_EQ(status("PUT", path_of(*upload_of(basic)->find("href")), text_), 200);
}

TEST_F(UploadTest, PartsOfAnotherSizeOrTagAreRefused) {
  const json::Value answer = batch(text_);
  const json::Value* upload = upload_of(answer);
  EXPECT_EQ(status("PUT", part(*upload, 1), "012"), 400);
  EXPECT_EQ(status("PUT", part(*upload, 1), "01234"), 400);
  EXPECT_EQ(status("PUT", part(*upload, 3), "89ab"), 400);
  std::string other = part(*upload, 1);
  other.replace(other.find("/4/1?"), 5, "/4/2?");
  EXPECT_EQ(status("PUT", other, "4567"), 403);
  std::vector<std::string> tags{send(*upload, 1, "0123"), send(*upload, 2, "4567"), "\"" + oid_ + "\""};
  const std::string done = path_of(*upload->find("href"));
  EXPECT_EQ(status("POST", done, completion(oid_, tags)), 400);  // part 3 is not there
  tags.pop_back();
  EXPECT_EQ(status("POST", done, completion(oid_, tags)), 400);
  EXPECT_EQ(status("POST", done, R"({"oid":")" + oid_ + R"(","parts":[{"partNumber":2,"etag":"x"}]})"), 400);
  EXPECT_EQ(status("POST", done, completion(sha256_hex(as_bytes("x")), tags)), 400);
  EXPECT_EQ(status("PUT", done, completion(oid_, tags)), 405);
  const std::string old = tags[1];
  tags = {tags[0], send(*upload, 2, "4567"), send(*upload, 3, "xyz")};
  tags[2] = send(*upload, 3, "89a");  // sent again, it replaces the first
  EXPECT_EQ(tags[1], old);
  EXPECT_EQ(status("POST", done, completion(oid_, tags)), 200);
}

TEST_F(UploadTest, PartsThatAreNotTheObjectAreThrownAway) {
  const json::Value answer = batch(text_);
  const json::Value* upload = upload_of(answer);
  const std::vector<std::string> tags{send(*upload, 1, "0123"), send(*upload, 2, "4567"),
                                      send(*upload, 3, "xyz")};
  EXPECT_EQ(folders_of_parts(), 1u);
  EXPECT_EQ(status("POST", path_of(*upload->find("href")), completion(oid_, tags)), 400);
  EXPECT_EQ(folders_of_parts(), 0u);
  EXPECT_EQ(commit("me/tiny", header() + lfs("w.bin", text_)), 400);
}

TEST_F(UploadTest, APartThatWasCutIsNoPartAndIsSentAgain) {
  FaultyHandler faulty(
      hub_.executor(), hub_.handler(),
      read_faults(R"([{"match": {"target": "*/parts/*"}, "action": "cut_request", "bytes": 2}])").value());
  os::LoopTransport loop(faulty);
  const auto send_spoiled = [&](const std::string& method, const std::string& path, const std::string& body) {
    os::HttpRequest request{.method = method, .url = "http://hub.test" + path, .body = os::text_body(body)};
    return loop.send(request, {}).has_value();
  };
  const json::Value answer = batch(text_);
  const json::Value* upload = upload_of(answer);
  EXPECT_FALSE(send_spoiled("PUT", part(*upload, 1), "0123"));
  os::PosixFileSystem files;
  ASSERT_EQ(folders_of_parts(), 1u);
  const std::string name = files.list(hub_.root() + "/parts").value()[0].name;
  EXPECT_TRUE(name.starts_with(oid_ + ".4.")) << name;
  const std::string folder = hub_.root() + "/parts/" + name;
  EXPECT_TRUE(files.list(folder).value().empty());
  ASSERT_TRUE(os::replace_file(files, folder + "/left.partial", as_bytes("01")));  // as a death leaves it
  hub_.restart();
  EXPECT_TRUE(files.list(folder).value().empty());
  const std::vector<std::string> tags{send(*upload, 1, "0123"), send(*upload, 2, "4567"),
                                      send(*upload, 3, "89a")};
  FaultyHandler lost(hub_.executor(), hub_.handler(), read_faults(R"([{"action": "lose_reply"}])").value());
  os::LoopTransport lossy(lost);
  const os::HttpRequest done{.method = "POST",
                             .url = "http://hub.test" + path_of(*upload->find("href")),
                             .body = os::text_body(completion(oid_, tags))};
  EXPECT_FALSE(lossy.send(done, {}));
  EXPECT_EQ(lossy.send(done, {})->status, 200);
  EXPECT_EQ(commit("me/tiny", header() + lfs("w.bin", text_)), 200);
}

TEST_F(UploadTest, PartsThatNobodyEndsAreClearedADayLater) {
  const json::Value answer = batch(text_);
  send(*upload_of(answer), 1, "0123");
  hub_.restart();
  EXPECT_EQ(folders_of_parts(), 1u);
  hub_.clock().advance(std::chrono::hours(24 * 365 * 30));  // past the real disk's dates
  hub_.restart();
  EXPECT_EQ(folders_of_parts(), 0u);
}

TEST_F(UploadTest, AnAddressHoldsForItsTime) {
  const json::Value answer = batch("012345678");
  const json::Value* upload = upload_of(answer);
  EXPECT_EQ(upload->find("expires_in")->as_int(), 60);
  EXPECT_EQ(upload->find("expires_at")->string().substr(0, 16), "2025-06-15T15:07");
  const std::string href = path_of(*upload->find("href"));
  const json::Value parts = batch(text_);
  hub_.clock().advance(std::chrono::seconds(59));
  EXPECT_EQ(status("PUT", part(*upload_of(parts), 1), "0123"), 200);
  std::string longer = href;
  longer.replace(longer.find("expires=") + 8, 1, "9");
  EXPECT_EQ(status("PUT", longer, "012345678"), 403);
  hub_.clock().advance(std::chrono::seconds(1));
  const auto late = ask("PUT", href, "012345678");
  EXPECT_EQ(late.response.status, 403);
  EXPECT_NE(late.response.headers.find("X-Error-Message")->find("expired"), std::string::npos);
  EXPECT_EQ(status("PUT", part(*upload_of(parts), 1), "0123"), 403);
  EXPECT_EQ(status("PUT", path_of(*upload_of(batch("012345678"))->find("href")), "012345678"), 200);
}

TEST_F(UploadTest, TheNumberOfPartsIsBoundedByLargerParts) {
  const std::string body = R"({"operation":"upload","transfers":["multipart"],"objects":[{"oid":")" + oid_ +
                           R"(","size":18446744073709551615}]})";
  const json::Value answer = parsed(ask("POST", "/me/tiny.git/info/lfs/objects/batch", body));
  EXPECT_EQ(upload_of(answer)->find("header")->members().size(), 10'001u);
  EXPECT_EQ(upload_of(answer)->find("header")->find("chunk_size")->string(), "1844674407370956");
}

}  // namespace
}  // namespace slipway::server
