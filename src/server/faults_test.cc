#include "server/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "os/loop_transport.h"
#include "os/mem_file_system.h"
#include "os/path.h"
#include "os/virtual_executor.h"
#include "server/faulty_handler.h"
#include "server/request_log.h"

namespace slipway::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kOid = sha256_hex(as_bytes("an object"));

// Answers what it was sent, with a tag for `kOid` under /named.
class Echo : public os::HttpHandler {
 public:
  void handle(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& response) override {
    std::string text;
    ByteVector piece(4);
    while (true) {
      const auto got = body.read(piece);
      if (!got) {
        ++broken;
        break;
      }
      if (*got == 0) break;
      text.append(as_text(Bytes(piece).first(*got)));
    }
    seen.push_back(text);
    if (head.method == "GET") text = "0123456789";
    os::Headers headers;
    if (head.target == "/named") headers.add("ETag", "\"" + kOid + "\"");
    if (!response.begin(200, headers, text.size())) return;
    for (const char c : text) {
      if (!response.write(as_bytes(std::string_view(&c, 1)))) return;
    }
  }
  std::vector<std::string> seen{};
  int broken = 0;
};

class FaultsTest : public ::testing::Test {
 protected:
  void rules(std::string_view text) {
    auto read = read_faults(text);
    ASSERT_TRUE(read) << describe(read.error());
    faulty_.emplace(executor_, echo_, std::move(*read));
    loop_.emplace(*faulty_);
  }

  // "STATUS BODY", or the body as far as it came with what went wrong.
  std::string ask(std::string method, const std::string& target, std::string body = "",
                  os::Headers headers = {}) {
    os::HttpRequest request{
        .method = std::move(method), .url = "http://hub.test" + target, .headers = std::move(headers)};
    if (!body.empty()) request.body = os::text_body(std::move(body));
    std::string text;
    int status = 0;
    const os::ReplySink sink{.head = [&](const os::HttpResponse& head) -> Result<void> {
                               status = head.status;
                               return {};
                             },
                             .body = [&](Bytes bytes) -> Result<void> {
                               text += as_text(bytes);
                               return {};
                             }};
    const auto done = loop_->send(request, sink);
    return std::to_string(status) + (done ? " " : " cut ") + text;
  }

  os::VirtualClock clock_{};
  os::VirtualExecutor executor_{clock_};
  Echo echo_{};
  std::optional<FaultyHandler> faulty_{};
  std::optional<os::LoopTransport> loop_{};
};

TEST_F(FaultsTest, ARuleLetsSomePassThenActsItsTimesAndIsOver) {
  rules(
      R"([{"match": {"method": "PUT", "target": "/a/*"}, "skip": 1, "times": 2, "action": "answer", "status": 503,
             "headers": {"Retry-After": "1"}, "body": "later"}])");
  EXPECT_EQ(ask("PUT", "/a/1", "x"), "200 x");
  EXPECT_EQ(ask("PUT", "/b/1", "x"), "200 x");
  EXPECT_EQ(ask("GET", "/a/1"), "200 0123456789");
  EXPECT_EQ(ask("PUT", "/a/2", "x"), "503 later");
  EXPECT_EQ(ask("PUT", "/a/3", "x"), "503 later");
  EXPECT_EQ(ask("PUT", "/a/4", "x"), "200 x");
  EXPECT_EQ(faulty_->counts()[0].matched, 4u);
  EXPECT_EQ(faulty_->counts()[0].fired, 2u);
}

TEST_F(FaultsTest, RepliesAreCutCorruptedOrStalledAtTheByteThatIsNamed) {
  rules(R"([{"action": "cut_reply", "bytes": 4}, {"action": "cut_reply"}, {"action": "corrupt", "bytes": 2},
            {"action": "stall", "bytes": 3, "seconds": 90}, {"action": "delay", "seconds": 0.5}])");
  EXPECT_EQ(ask("GET", "/"), "200 cut 0123");
  EXPECT_EQ(ask("GET", "/"), "200 cut ");
  EXPECT_EQ(ask("GET", "/"),
            "200 01\xCD"
            "3456789");
  const auto before = clock_.steady();
  EXPECT_EQ(ask("GET", "/"), "200 cut 012");
  EXPECT_EQ((clock_.steady() - before).count(), 90'000);
  EXPECT_EQ(ask("GET", "/"), "200 0123456789");
  EXPECT_EQ((clock_.steady() - before).count(), 90'500);
}

TEST_F(FaultsTest, RequestsAreCutBeforeTheirBodyOrInItAndRepliesAreLost) {
  rules(
      R"([{"action": "cut_before_body"}, {"action": "cut_request", "bytes": 3}, {"action": "lose_reply"}])");
  EXPECT_EQ(ask("PUT", "/", "a body"), "0 cut ");
  EXPECT_TRUE(echo_.seen.empty());
  EXPECT_EQ(ask("PUT", "/", "a body"), "0 cut ");
  EXPECT_EQ(echo_.broken, 1);
  EXPECT_EQ(ask("PUT", "/", "a body"), "0 cut ");
  EXPECT_THAT(echo_.seen, ElementsAre("a b", "a body"));
  EXPECT_EQ(echo_.broken, 1);
  EXPECT_EQ(ask("PUT", "/", "a body"), "200 a body");
}

TEST_F(FaultsTest, AnObjectIsKnownByAddressBodyOrTag) {
  rules(R"([{"match": {"oid": ")" + kOid + R"("}, "times": 9, "action": "answer", "status": 500}])");
  EXPECT_EQ(ask("PUT", "/lfs/objects/" + kOid + "/9?sig=1", "an object"), "500 ");
  const std::string batch = R"({"objects": [{"oid": ")" + kOid + R"(", "size": 9}]})";
  EXPECT_EQ(ask("POST", "/batch", batch, {{"Content-Type", "application/vnd.git-lfs+json"}}), "500 ");
  EXPECT_EQ(ask("POST", "/batch", batch), "200 " + batch);  // not said to be JSON
  EXPECT_EQ(ask("POST", "/batch", R"({"objects": []})", {{"Content-Type", "application/json"}}),
            "200 {\"objects\": []}");
  EXPECT_EQ(ask("GET", "/named"), "500 ");
  EXPECT_EQ(ask("GET", "/other"), "200 0123456789");
  EXPECT_EQ(faulty_->counts()[0].fired, 3u);
}

TEST_F(FaultsTest, AHeaderMayBeAsked) {
  rules(R"([{"match": {"header": "range", "value": "bytes=5-*"}, "action": "expire"}])");
  EXPECT_EQ(ask("GET", "/", "", {{"Range", "bytes=0-"}}), "200 0123456789");
  EXPECT_THAT(ask("GET", "/", "", {{"Range", "bytes=5-9"}}),
              HasSubstr("403 {\"error\":\"this upload address has expired"));
}

TEST_F(FaultsTest, ARuleThatCountsLetsTheNextOneAct) {
  rules(R"([{"name": "seen", "action": "count"}, {"action": "answer", "status": 429}])");
  EXPECT_EQ(ask("GET", "/"), "429 ");
  EXPECT_EQ(ask("GET", "/"), "200 0123456789");
  EXPECT_EQ(faulty_->counts()[0].name, "seen");
  EXPECT_EQ(faulty_->counts()[0].matched, 2u);
}

TEST(ReadFaults, NamesTheRuleAndTheMemberThatIsWrong) {
  const auto message = [](std::string_view text) {
    const auto read = read_faults(text);
    return read ? std::string("read") : read.error().message;
  };
  EXPECT_EQ(message("[]"), "read");
  EXPECT_THAT(message("{}"), HasSubstr("a list"));
  EXPECT_THAT(message(R"([{"action": "count"}, {"match": {}}])"),
              HasSubstr("rule 2 of the faults: \"action\""));
  EXPECT_THAT(message(R"([{"action": "explode"}])"), HasSubstr("rule 1 of the faults: \"action\""));
  EXPECT_THAT(message(R"([{"action": "count", "often": 1}])"), HasSubstr("\"often\""));
  EXPECT_THAT(message(R"([{"action": "count", "match": {"uri": "/"}}])"), HasSubstr("\"uri\""));
  EXPECT_THAT(message(R"([{"action": "delay", "seconds": 1e9}])"), HasSubstr("\"seconds\""));
  EXPECT_THAT(message(R"([{"action": "answer", "status": 99}])"), HasSubstr("\"status\""));
}

TEST(RequestLog, WritesDownWhatCameAndWhatWasAnsweredWithoutTheToken) {
  Echo echo;
  std::vector<RequestRecord> records;
  RecordingHandler log(echo, [&](const RequestRecord& row) { records.push_back(row); });
  os::LoopTransport loop(log);
  os::HttpRequest request{
      .method = "POST",
      .url = "http://hub.test/a?b=1",
      .headers = {{"authorization", "Bearer hf_secret"}, {"Content-Type", "application/x-ndjson"}},
      .body = os::text_body("{}\n")};
  ASSERT_TRUE(loop.send(request, {}));
  request.body = os::text_body(std::string(70u << 10, ' '));
  ASSERT_TRUE(loop.send(request, {}));
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].target, "/a?b=1");
  EXPECT_EQ(records[0].body, "{}\n");
  EXPECT_EQ(records[0].status, 200);
  EXPECT_EQ(records[0].body_sha256, sha256_hex(as_bytes("{}\n")));
  EXPECT_EQ(records[1].body, std::nullopt);
  EXPECT_EQ(records[1].body_bytes, 70u << 10);
  const std::string line = json::print_compact(record_json(records[0]));
  EXPECT_EQ(line.find("hf_secret"), std::string::npos);
  EXPECT_THAT(line, HasSubstr("Bearer ***"));
}

TEST(RequestLog, AFileThatIsThereGrows) {
  os::MemFileSystem disk;
  for (const char* target : {"/first", "/second"}) {
    const auto file = RequestFile::open(disk, "/log");
    ASSERT_TRUE(file);
    (*file)->add({.method = "GET", .target = target});
  }
  const std::string text = os::read_file(disk, "/log", 1u << 20).value();
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_LT(text.find("/first"), text.find("/second"));
}

}  // namespace
}  // namespace slipway::server
