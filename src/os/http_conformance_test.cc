// One suite for both ways to a handler: real sockets, and the loop without any.
#include <gtest/gtest.h>

#include <atomic>

#include "os/curl_transport.h"
#include "os/loop_transport.h"
#include "os/process.h"
#include "os/recording_transport.h"
#include "os/redirect.h"
#include "os/thread_executor.h"
#include "os/virtual_executor.h"

namespace slipway::os {
namespace {

std::string drain(BodyReader& body) {
  std::string text;
  ByteVector piece(10'000);
  while (true) {
    const auto got = body.read(piece);
    if (!got || *got == 0) return text;
    text.append(as_text(Bytes(piece).first(*got)));
  }
}

// Answers by path: /echo, /chunked, /cut, /gone, /gone-inside, /redirect?to, /auth.
class Echo : public HttpHandler {
 public:
  void handle(const RequestHead& head, BodyReader& body, ResponseWriter& out) override {
    ++requests;
    if (head.target == "/echo") return whole(out, head.method + " " + drain(body));
    if (head.target == "/ignore-body") return whole(out, "ignored");
    if (head.target == "/auth") return whole(out, head.headers.find("authorization").value_or("none"));
    if (head.target == "/chunked") {
      (void)out.begin(200, {}, std::nullopt);
      for (int i = 0; i < 3; ++i) (void)out.write(as_bytes("piece "));
      return;
    }
    if (head.target == "/cut") {
      (void)out.begin(200, {}, 100);
      (void)out.write(as_bytes("only this"));
      return;
    }
    if (head.target == "/gone") return out.cut();
    if (head.target == "/gone-inside") {
      (void)out.begin(200, {}, std::nullopt);
      (void)out.write(as_bytes("only this"));
      return out.cut();
    }
    if (head.target == "/redirect-without-end") {
      (void)out.begin(302, {{"Location", "/echo"}}, std::nullopt);
      const ByteVector piece(1u << 20);
      for (int i = 0; i < 64 && out.write(piece); ++i) {
      }
      return;
    }
    if (head.target.starts_with("/redirect307?")) {
      (void)out.begin(307, {{"Location", head.target.substr(13)}}, 0);
      return;
    }
    if (head.target.starts_with("/redirect?")) {
      (void)out.begin(302, {{"Location", head.target.substr(10)}}, 0);
      return;
    }
    (void)out.begin(404, {}, 0);
  }
  std::atomic<int> requests{0};

 private:
  static void whole(ResponseWriter& out, const std::string& text) {
    (void)out.begin(200, {{"X-Kind", "text"}}, text.size());
    (void)out.write(as_bytes(text));
  }
};

enum class Way { kSockets, kLoop };

class HttpConformance : public ::testing::TestWithParam<Way> {
 protected:
  HttpConformance() {
    if (GetParam() == Way::kLoop) return;
    listener_ = listen_http({}, echo_).value();
    other_ = listen_http({}, echo_).value();
    origin_ = "http://127.0.0.1:" + std::to_string(listener_->port());
    other_origin_ = "http://127.0.0.1:" + std::to_string(other_->port());
  }

  HttpTransport& transport() { return GetParam() == Way::kLoop ? static_cast<HttpTransport&>(loop_) : curl_; }
  HttpRequest request(std::string method, const std::string& path) {
    return {.method = std::move(method), .url = origin_ + path};
  }
  Result<CollectedReply> collect(const HttpRequest& request) {
    return send_and_collect(transport(), request, 64u << 20);
  }

  Echo echo_;
  std::unique_ptr<HttpListener> listener_{}, other_{};
  std::string origin_ = "http://loop", other_origin_ = "http://elsewhere";
  ThreadExecutor executor_;
  ProcessEnvironment environment_;
  CurlTransport curl_{executor_, environment_};
  LoopTransport loop_{echo_};
};

TEST_P(HttpConformance, ARequestThatMustNotBeRepeatedIsSentOnceEvenOnAKeptConnection) {
  ASSERT_TRUE(collect(request("GET", "/echo")));
  HttpRequest commit = request("POST", "/gone");
  commit.body = text_body("{}");
  commit.once = true;
  const int before = echo_.requests;
  EXPECT_EQ(collect(commit).error().code, ErrorCode::kNetwork);
  EXPECT_EQ(echo_.requests - before, 1);
}

TEST_P(HttpConformance, CarriesBodiesOfEverySize) {
  for (const std::size_t size : {0u, 1u, (1u << 20) + 3}) {
    HttpRequest put = request("PUT", "/echo");
    put.body = text_body(std::string(size, 'x'));
    const auto reply = collect(put);
    ASSERT_TRUE(reply) << describe(reply.error());
    EXPECT_EQ(reply->body, "PUT " + std::string(size, 'x'));
  }
}

TEST_P(HttpConformance, ReadsRepliesWithoutADeclaredLength) {
  EXPECT_EQ(collect(request("GET", "/chunked"))->body, "piece piece piece ");
}

TEST_P(HttpConformance, GivesHeadersOfAHeadAndNoBody) {
  const auto reply = collect(request("HEAD", "/echo"));
  ASSERT_TRUE(reply) << describe(reply.error());
  EXPECT_EQ(reply->response.headers.find("x-kind"), "text");
  EXPECT_EQ(reply->response.headers.find("content-length"), "5");
  EXPECT_EQ(reply->body, "");
}

TEST_P(HttpConformance, GoesOnAfterABodyThatNobodyRead) {
  HttpRequest put = request("PUT", "/ignore-body");
  put.body = text_body(std::string(300'000, 'y'));
  EXPECT_EQ(collect(put)->body, "ignored");
  EXPECT_EQ(collect(request("GET", "/echo"))->body, "GET ");
}

TEST_P(HttpConformance, SaysThatAReplyWasCut) {
  for (const char* path : {"/cut", "/gone", "/gone-inside"}) {
    const auto cut = collect(request("GET", path));
    ASSERT_FALSE(cut) << path;
    EXPECT_EQ(cut.error().code, ErrorCode::kNetwork) << path;
    EXPECT_EQ(cut.error().os_error, 0) << path;  // it was sent
  }
}

TEST_P(HttpConformance, FollowsRedirectsOnlyWhenAsked) {
  HttpRequest get = request("GET", "/redirect?/echo");
  EXPECT_EQ(collect(get)->response.status, 302);
  get.follow_redirects = true;
  EXPECT_EQ(collect(get)->body, "GET ");
  get.url = origin_ + "/redirect?" + origin_ + "/redirect?/echo";
  EXPECT_EQ(collect(get)->body, "GET ");
}

TEST_P(HttpConformance, ARedirectIsNotReadWithoutEnd) {
  HttpRequest get = request("GET", "/redirect-without-end");
  get.follow_redirects = true;
  const auto reply = collect(get);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kProtocol);
  EXPECT_NE(reply.error().message.find(origin_), std::string::npos) << reply.error().message;
  EXPECT_NE(reply.error().message.find("redirects"), std::string::npos) << reply.error().message;
}

TEST_P(HttpConformance, RepeatsABodyWhereTheRequestStaysAsItWasAndNowhereElse) {
  HttpRequest post = request("POST", "/redirect307?" + other_origin_ + "/echo");
  post.body = text_body(std::string(100'000, 'b'));
  post.follow_redirects = true;
  EXPECT_EQ(collect(post)->body, "POST " + std::string(100'000, 'b'));
  post.url = origin_ + "/redirect?/echo";
  EXPECT_EQ(collect(post)->response.status, 302);
  post.url = origin_ + "/redirect307?" + other_origin_ + "/auth";
  post.headers.add("Authorization", "Bearer x");
  EXPECT_EQ(collect(post)->body, "none");
}

TEST_P(HttpConformance, LeavesAuthorizationBehindWhenTheOriginChanges) {
  HttpRequest get = request("GET", "/redirect?/auth");
  get.follow_redirects = true;
  get.headers.add("Authorization", "Bearer x");
  EXPECT_EQ(collect(get)->body, "Bearer x");
  get.url = origin_ + "/redirect?" + other_origin_ + "/auth";
  EXPECT_EQ(collect(get)->body, "none");
}

TEST_P(HttpConformance, PassesTheSinksErrorThrough) {
  const ReplySink sink{
      .body = [](Bytes) -> Result<void> { return fail(ErrorCode::kNoSpace, "the disk is full"); }};
  const auto reply = transport().send(request("GET", "/chunked"), sink);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kNoSpace);
}

TEST_P(HttpConformance, ServesManyAtTheSameTime) {
  std::vector<Executor::Task> tasks;
  std::atomic<int> good{0};
  for (int i = 0; i < 32; ++i) {
    tasks.emplace_back([&] { good += collect(request("GET", "/echo")).has_value() ? 1 : 0; });
  }
  executor_.run(std::move(tasks), 8);
  EXPECT_EQ(good, 32);
}

TEST_P(HttpConformance, RefusesABodyOverTheLimit) {
  EXPECT_EQ(send_and_collect(transport(), request("GET", "/chunked"), 5).error().code, ErrorCode::kProtocol);
}

INSTANTIATE_TEST_SUITE_P(Ways, HttpConformance, ::testing::Values(Way::kSockets, Way::kLoop),
                         [](const auto& row) { return row.param == Way::kLoop ? "Loop" : "Sockets"; });

TEST(CurlTransport, NamesAHostThatDoesNotAnswer) {
  ThreadExecutor executor;
  FixedEnvironment environment;
  CurlTransport curl(executor, environment);
  const auto reply = curl.send({.url = "http://127.0.0.1:1/x"}, {});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::kNetwork);
  EXPECT_NE(reply.error().message.find("127.0.0.1:1"), std::string::npos);
}

TEST(CurlTransport, AValueFromOutsideBeginsNoOtherHeaderAndBreaksNoMessage) {
  class Keeps : public HttpHandler {
   public:
    void handle(const RequestHead& head, BodyReader&, ResponseWriter& out) override {
      seen = head;
      (void)out.begin(200, {}, 0);
    }
    RequestHead seen{};
  } keeps;
  const auto listener = listen_http({}, keeps).value();
  ThreadExecutor executor;
  FixedEnvironment environment;
  CurlTransport curl(executor, environment);
  const std::string url = "http://127.0.0.1:" + std::to_string(listener->port());
  ASSERT_TRUE(curl.send({.url = url, .headers = {{"X-A", "1\r\nX-Evil: 2"}}}, {}));
  EXPECT_FALSE(keeps.seen.headers.contains("X-Evil"));
  const auto broken = curl.send({.url = "http://a\nb/c"}, {});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message.find('\n'), std::string::npos);
}

TEST(CurlTransport, RefusesOtherProtocols) {
  ThreadExecutor executor;
  FixedEnvironment environment;
  CurlTransport curl(executor, environment);
  EXPECT_EQ(curl.send({.url = "file:///etc/passwd"}, {}).error().code, ErrorCode::kInvalidArgument);
}

TEST(Redirect, ResolvesEveryKindOfLocation) {
  EXPECT_EQ(resolve_url("http://h:1/a/b?q", "/c"), "http://h:1/c");
  EXPECT_EQ(resolve_url("http://h/a/b?q", "c"), "http://h/a/c");
  EXPECT_EQ(resolve_url("https://h/a", "//x/y"), "https://x/y");
  EXPECT_EQ(resolve_url("http://h", "c"), "http://h/c");
  EXPECT_EQ(resolve_url("http://h/a", "https://x/y"), "https://x/y");
}

// The examples of RFC 3986, 5.4, but for those without a path of their own.
TEST(Redirect, ResolvesAsTheStandardsOwnExamples) {
  constexpr std::string_view kBase = "http://a/b/c/d;p?q";
  const std::vector<std::pair<std::string_view, std::string_view>> rows{{"g", "http://a/b/c/g"},
                                                                        {"./g", "http://a/b/c/g"},
                                                                        {"g/", "http://a/b/c/g/"},
                                                                        {"/g", "http://a/g"},
                                                                        {"//g", "http://g"},
                                                                        {"?y", "http://a/b/c/d;p?y"},
                                                                        {"g?y", "http://a/b/c/g?y"},
                                                                        {"#s", "http://a/b/c/d;p?q#s"},
                                                                        {"g#s", "http://a/b/c/g#s"},
                                                                        {"g?y#s", "http://a/b/c/g?y#s"},
                                                                        {";x", "http://a/b/c/;x"},
                                                                        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
                                                                        {"", "http://a/b/c/d;p?q"},
                                                                        {".", "http://a/b/c/"},
                                                                        {"./", "http://a/b/c/"},
                                                                        {"..", "http://a/b/"},
                                                                        {"../", "http://a/b/"},
                                                                        {"../g", "http://a/b/g"},
                                                                        {"../..", "http://a/"},
                                                                        {"../../", "http://a/"},
                                                                        {"../../g", "http://a/g"},
                                                                        {"../../../g", "http://a/g"},
                                                                        {"../../../../g", "http://a/g"},
                                                                        {"/./g", "http://a/g"},
                                                                        {"/../g", "http://a/g"},
                                                                        {"g.", "http://a/b/c/g."},
                                                                        {".g", "http://a/b/c/.g"},
                                                                        {"g..", "http://a/b/c/g.."},
                                                                        {"..g", "http://a/b/c/..g"},
                                                                        {"./../g", "http://a/b/g"},
                                                                        {"./g/.", "http://a/b/c/g/"},
                                                                        {"g/./h", "http://a/b/c/g/h"},
                                                                        {"g/../h", "http://a/b/c/h"},
                                                                        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                                                        {"g;x=1/../y", "http://a/b/c/y"},
                                                                        {"g?y/./x", "http://a/b/c/g?y/./x"},
                                                                        {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                                        {"g#s/../x", "http://a/b/c/g#s/../x"},
                                                                        {"g:h", "g:h"},
                                                                        {"./g:h", "http://a/b/c/g:h"}};
  for (const auto& [reference, whole] : rows) EXPECT_EQ(resolve_url(kBase, reference), whole) << reference;
}

TEST(VirtualExecutor, RepeatsItsOrderFromTheSeedAndNeverWaits) {
  const auto order = [](std::uint64_t seed) {
    VirtualClock clock;
    VirtualExecutor executor(clock, seed);
    std::string seen;
    std::vector<Executor::Task> tasks;
    for (char c = 'a'; c < 'k'; ++c) tasks.emplace_back([&seen, c] { seen += c; });
    executor.run(std::move(tasks), 10);
    executor.sleep(Millis(5000));
    EXPECT_EQ(clock.steady(), Millis(5000));
    return seen;
  };
  EXPECT_EQ(order(7), order(7));
  EXPECT_NE(order(7), order(8));
}

TEST(RecordingTransport, WritesDownRequestsWithoutTheTokenAndCanLoseAReply) {
  Echo echo;
  LoopTransport loop(echo);
  RecordingTransport recording(&loop);
  recording.set_script([](const HttpRequest&, std::size_t index) {
    return Mishap{.kind = index == 0 ? Mishap::Kind::kLostReply : Mishap::Kind::kNone};
  });
  HttpRequest get{.url = "http://h/echo", .headers = {{"Authorization", "Bearer secret"}}};
  EXPECT_EQ(recording.send(get, {}).error().code, ErrorCode::kNetwork);
  EXPECT_TRUE(recording.send(get, {}));
  EXPECT_EQ(echo.requests, 2);
  EXPECT_EQ(recording.count("GET", "/echo"), 2u);
  EXPECT_TRUE(recording.requests()[0].authorized);
}

}  // namespace
}  // namespace slipway::os
