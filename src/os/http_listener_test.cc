// What the listener does with clients that are silent, drip, or do not listen. Limits are small where they
// must be met and an hour where they must not: no test measures time.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <future>
#include <thread>

#include "os/file_descriptor.h"
#include "slipway/http.h"

namespace slipway::os {
namespace {

using namespace std::chrono_literals;

constexpr Millis kShort{50};
constexpr Millis kNever = 1h;
constexpr auto kHangs = 60s;  // what has not ended by then does not end

// A client that says what a test wants, when it wants.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }

  bool send(std::string_view text) {
    return ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  // Whether something came, or the end did.
  bool heard(Millis wait) {
    pollfd waiting{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, static_cast<int>(wait.count())) > 0;
  }
  // Until the listener closes; nullopt when it does not.
  std::optional<std::string> read_to_end() {
    std::string all;
    while (heard(kHangs)) {
      std::array<char, 4096> piece{};
      const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), 0);
      if (got <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
    return std::nullopt;
  }
  // A request's whole reply, on a connection that is kept.
  std::string ask() {
    EXPECT_TRUE(send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    std::string all;
    while (!all.ends_with("\r\n\r\nyes") && heard(kHangs)) {
      char c = 0;
      if (::recv(socket_.get(), &c, 1, 0) <= 0) break;
      all += c;
    }
    return all;
  }
  // Byte by byte until the listener has had enough; false when it takes them all.
  bool drip_until_refused(int bytes_max) {
    for (int i = 0; i < bytes_max; ++i) {
      if (!send("x") || heard(Millis(5))) return true;
    }
    return false;
  }
  void close() { socket_ = FileDescriptor(); }

 private:
  FileDescriptor socket_;
};

// GET is answered at once. POST reads its body, PUT writes a reply without end; both say how that ended.
class Desk : public HttpHandler {
 public:
  void handle(const RequestHead& head, BodyReader& body, ResponseWriter& out) override {
    if (head.method == "GET") return answer(out);
    arrived_.set_value();
    ByteVector piece(64u << 10);
    Result<void> last{};
    if (head.method == "POST") {
      while (last) {
        const auto got = body.read(piece);
        if (!got) last = std::unexpected(got.error());
        if (got && *got == 0) break;
      }
    } else {
      last = out.begin(200, {}, std::nullopt);
      while (last) last = out.write(piece);
    }
    if (last) answer(out);
    ended_.set_value(last ? ErrorCode::kInternal : last.error().code);
  }

  void wait_for_arrival() { arrived_.get_future().wait(); }
  // The error that a body or a reply ended with; kInternal for none, nullopt when it does not end.
  std::optional<ErrorCode> ended() {
    auto ending = ended_.get_future();
    if (ending.wait_for(kHangs) != std::future_status::ready) return std::nullopt;
    return ending.get();
  }

 private:
  static void answer(ResponseWriter& out) {
    (void)out.begin(200, {}, 3);
    (void)out.write(as_bytes("yes"));
  }
  std::promise<void> arrived_{};
  std::promise<ErrorCode> ended_{};
};

ListenLimits patient() {
  return {.header = kNever, .idle = kNever, .stall = kNever, .bytes_per_second = 1, .stop_grace = kNever};
}

class ListenerTest : public ::testing::Test {
 protected:
  void listen(const ListenLimits& limits) { listener_ = listen_http({.limits = limits}, desk_).value(); }
  RawClient client() { return RawClient(listener_->port()); }
  bool stop_ends() {
    stopping_ = std::async(std::launch::async, [this] { listener_->stop(); });
    return stopping_.wait_for(kHangs) == std::future_status::ready;
  }

  Desk desk_;
  std::unique_ptr<HttpListener> listener_{};
  std::future<void> stopping_{};
};

TEST_F(ListenerTest, SilentClientsGiveTheirPlacesBack) {
  ListenLimits limits = patient();
  limits.connections_max = 2;
  limits.header = kShort;
  listen(limits);
  RawClient a = client(), b = client();
  std::string answer;
  for (int i = 0; i < 20 && answer.empty(); ++i) answer = client().ask();  // it may miss the limit itself
  EXPECT_NE(answer, "");
  EXPECT_EQ(a.read_to_end(), "");
  EXPECT_EQ(b.read_to_end(), "");
}

TEST_F(ListenerTest, AHeaderBlockHasOneDeadlineHoweverItDrips) {
  ListenLimits limits = patient();
  limits.header = kShort;
  listen(limits);
  RawClient a = client();
  ASSERT_TRUE(a.send("GET / HTTP/1.1\r\nX: "));
  EXPECT_TRUE(a.drip_until_refused(2'000));
  EXPECT_TRUE(a.read_to_end().value_or("").starts_with("HTTP/1.1 408 "));
}

TEST_F(ListenerTest, AKeptConnectionEndsWhenNothingIsAskedAnyMore) {
  ListenLimits limits = patient();
  limits.idle = kShort;
  listen(limits);
  RawClient a = client();
  EXPECT_NE(a.ask(), "");
  EXPECT_EQ(a.read_to_end(), "");
}

TEST_F(ListenerTest, ABodyThatDoesNotComeEnds) {
  ListenLimits limits = patient();
  limits.stall = kShort;
  listen(limits);
  RawClient a = client();
  ASSERT_TRUE(a.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nfive!"));
  EXPECT_EQ(desk_.ended(), ErrorCode::kNetwork);
}

TEST_F(ListenerTest, ABodyThatDripsEnds) {
  ListenLimits limits = patient();
  limits.stall = kShort;
  limits.bytes_per_second = 1u << 20;
  listen(limits);
  RawClient a = client();
  ASSERT_TRUE(a.send("POST / HTTP/1.1\r\nContent-Length: 10000\r\n\r\n"));
  EXPECT_TRUE(a.drip_until_refused(2'000));
  EXPECT_EQ(desk_.ended(), ErrorCode::kNetwork);
}

TEST_F(ListenerTest, AReplyThatNobodyReadsEnds) {
  ListenLimits limits = patient();
  limits.stall = kShort;
  listen(limits);
  RawClient a = client();
  ASSERT_TRUE(a.send("PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(desk_.ended(), ErrorCode::kNetwork);
}

// Which one is not said here: a client cannot know when the listener finds it idle. kept_places_test.cc does.
TEST_F(ListenerTest, WhenAllPlacesAreKeptOneThatIsIdleGivesWay) {
  ListenLimits limits = patient();
  limits.connections_max = 2;
  listen(limits);
  RawClient a = client(), b = client();
  EXPECT_NE(a.ask(), "");
  EXPECT_NE(b.ask(), "");
  RawClient c = client();
  EXPECT_NE(c.ask(), "");
  const bool a_went = a.heard(Millis(0));
  RawClient& gone = a_went ? a : b;
  RawClient& stayed = a_went ? b : a;
  EXPECT_EQ(gone.read_to_end(), "");
  EXPECT_NE(stayed.ask(), "");
}

TEST_F(ListenerTest, StopClosesAtOnceWhatWaitsForARequest) {
  listen(patient());
  RawClient silent = client(), half = client(), kept = client();
  ASSERT_TRUE(half.send("GET / HTTP/1.1\r\nX: "));
  EXPECT_NE(kept.ask(), "");
  EXPECT_TRUE(stop_ends());
  for (RawClient* each : {&silent, &half, &kept}) each->close();  // or a test that fails would hang
}

TEST_F(ListenerTest, StopEndsARequestInWorkAfterItsGrace) {
  ListenLimits limits = patient();
  limits.stop_grace = kShort;
  listen(limits);
  RawClient a = client();
  ASSERT_TRUE(a.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nfive!"));
  desk_.wait_for_arrival();
  EXPECT_TRUE(stop_ends());
  a.close();
  EXPECT_EQ(desk_.ended(), ErrorCode::kNetwork);
}

TEST_F(ListenerTest, StopLetsARequestInWorkFinish) {
  listen(patient());
  RawClient a = client();
  ASSERT_TRUE(a.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nfive!"));
  desk_.wait_for_arrival();
  stopping_ = std::async(std::launch::async, [this] { listener_->stop(); });
  EXPECT_EQ(stopping_.wait_for(kShort), std::future_status::timeout);
  ASSERT_TRUE(a.send("more!"));
  EXPECT_TRUE(a.read_to_end().value_or("").ends_with("\r\n\r\nyes"));
  EXPECT_EQ(stopping_.wait_for(kHangs), std::future_status::ready);
}

}  // namespace
}  // namespace slipway::os
