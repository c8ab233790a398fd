// The listener, over Boost.Beast with blocking sockets: one thread a connection.
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "slipway/http.h"

namespace slipway::os {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using BeastError = boost::system::error_code;

constexpr std::uint32_t kHeaderBytesMax = 64u << 10;
constexpr std::uint64_t kDrainBytesMax = 1u << 20;
constexpr int kIdleSeconds = 75;
constexpr std::size_t kPieceBytes = 64u << 10;

std::unexpected<Error> client_gone(std::string_view what) {
  return fail(ErrorCode::kNetwork, fmt::format("the client is gone ({})", what));
}

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

// The request's body, read from the socket as the handler asks for it.
class SocketBody : public BodyReader {
 public:
  SocketBody(Tcp::socket& socket, beast::flat_buffer& buffer, http::request_parser<http::buffer_body>& parser)
      : socket_(socket), buffer_(buffer), parser_(parser) {}

  Result<std::size_t> read(MutableBytes out) override {
    SLIPWAY_TRY(allow());
    while (!parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = out.data();
      body.size = out.size();
      BeastError error;
      http::read(socket_, buffer_, parser_, error);
      if (error && error != http::error::need_buffer) return client_gone(error.message());
      const std::size_t got = out.size() - body.size;
      if (got > 0 || out.empty()) return got;
    }
    return std::size_t{0};
  }

  // Takes what the handler left unread, so that the next request can follow; false when it is too much.
  bool drain() {
    ByteVector piece(kPieceBytes);
    std::uint64_t taken = 0;
    if (waiting_for_consent() && !parser_.is_done()) return false;
    while (!parser_.is_done() && taken <= kDrainBytesMax) {
      const auto got = read(piece);
      if (!got) return false;
      taken += *got;
    }
    return parser_.is_done();
  }

 private:
  bool waiting_for_consent() const {
    return !allowed_ && beast::iequals(parser_.get()[http::field::expect], "100-continue");
  }

  Result<void> allow() {
    if (waiting_for_consent()) {
      BeastError error;
      asio::write(socket_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), error);
      if (error) return client_gone(error.message());
    }
    allowed_ = true;
    return {};
  }

  Tcp::socket& socket_;
  beast::flat_buffer& buffer_;
  http::request_parser<http::buffer_body>& parser_;
  bool allowed_ = false;
};

class SocketResponse : public ResponseWriter {
 public:
  SocketResponse(Tcp::socket& socket, bool head_only, bool keep_alive)
      : socket_(socket), head_only_(head_only), keep_alive_(keep_alive) {}

  Result<void> begin(int status, const Headers& headers,
                     std::optional<std::uint64_t> content_length) override {
    SLIPWAY_CHECK(!begun_);
    begun_ = true;
    const bool bodiless = status == 204 || status == 304;
    chunked_ = !content_length && !bodiless && !head_only_;
    left_ = bodiless ? 0 : content_length;
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\n", status, text(http::obsolete_reason(http::status(status))));
    for (const auto& [name, value] : headers.rows()) append_header(head, name, value);
    if (content_length && !bodiless) head += fmt::format("Content-Length: {}\r\n", *content_length);
    if (chunked_) head += "Transfer-Encoding: chunked\r\n";
    if (!keep_alive_) head += "Connection: close\r\n";
    return send(as_bytes(head + "\r\n"));
  }

  Result<void> write(Bytes bytes) override {
    SLIPWAY_CHECK(begun_);
    if (head_only_ || bytes.empty()) return {};
    if (!chunked_) {
      SLIPWAY_CHECK(left_ && bytes.size() <= *left_);
      *left_ -= bytes.size();
      return send(bytes);
    }
    SLIPWAY_TRY(send(as_bytes(fmt::format("{:x}\r\n", bytes.size()))));
    SLIPWAY_TRY(send(bytes));
    return send(as_bytes("\r\n"));
  }

  void cut() override { cut_ = true; }

  // Whether the reply is whole, so that the connection can go on.
  bool finish() {
    if (cut_) return false;
    if (!begun_ && !begin(500, {}, 0)) return false;
    if (chunked_) return send(as_bytes("0\r\n\r\n")).has_value();
    return head_only_ || left_.value_or(0) == 0;
  }

 private:
  // A header from outside must not be able to begin another one.
  static void append_header(std::string& head, std::string_view name, std::string_view value) {
    head += name;
    head += ": ";
    for (const char c : value) head += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    head += "\r\n";
  }

  Result<void> send(Bytes bytes) {
    BeastError error;
    asio::write(socket_, asio::buffer(bytes.data(), bytes.size()), error);
    return error ? Result<void>(client_gone(error.message())) : Result<void>{};
  }

  Tcp::socket& socket_;
  bool head_only_;
  bool keep_alive_;
  bool begun_ = false;
  bool chunked_ = false;
  bool cut_ = false;
  std::optional<std::uint64_t> left_{};
};

// One connection: requests one after the other until somebody closes.
class Connection {
 public:
  Connection(Tcp::socket socket, HttpHandler& handler) : socket_(std::move(socket)), handler_(handler) {}

  void serve() {
    BeastError ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
    while (wait_for_request() && serve_one()) {
    }
    socket_.shutdown(Tcp::socket::shutdown_both, ignored);
  }

  // From another thread: ends a connection that waits for its next request.
  void end_if_idle() {
    stopping_ = true;
    if (idle_) ::shutdown(socket_.native_handle(), SHUT_RD);
  }

 private:
  bool wait_for_request() {
    if (buffer_.size() > 0) return !stopping_;
    idle_ = true;
    pollfd waiting{.fd = socket_.native_handle(), .events = POLLIN, .revents = 0};
    int left_seconds = kIdleSeconds;
    int ready = 0;
    while (!stopping_ && left_seconds-- > 0 && ready == 0) ready = ::poll(&waiting, 1, 1000);
    idle_ = false;
    return ready > 0 && !stopping_;
  }

  bool serve_one() {
    http::request_parser<http::buffer_body> parser;
    parser.header_limit(kHeaderBytesMax);
    parser.body_limit(boost::none);
    BeastError error;
    const timeval patience{.tv_sec = kIdleSeconds, .tv_usec = 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    http::read_header(socket_, buffer_, parser, error);
    if (error) {
      if (error != http::error::end_of_stream) refuse(error == http::error::header_limit ? 431 : 400);
      return false;
    }
    RequestHead head{
        .method = text(parser.get().method_string()), .target = text(parser.get().target()), .headers = {}};
    for (const auto& field : parser.get()) head.headers.add(text(field.name_string()), text(field.value()));
    const bool keep_alive = parser.keep_alive();
    SocketBody body(socket_, buffer_, parser);
    SocketResponse response(socket_, head.method == "HEAD", keep_alive);
    handler_.handle(head, body, response);
    return response.finish() && body.drain() && keep_alive;
  }

  void refuse(int status) {
    SocketResponse response(socket_, false, false);
    (void)response.begin(status, {}, 0);
  }

  Tcp::socket socket_;
  HttpHandler& handler_;
  beast::flat_buffer buffer_{kHeaderBytesMax * 4};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> idle_{false};
};

class Listener : public HttpListener {
 public:
  Listener(HttpHandler& handler, std::size_t threads_max)
      : acceptor_(context_), handler_(handler), threads_max_(threads_max) {}
  ~Listener() override { Listener::stop(); }

  Result<void> open(const ListenOptions& options) {
    BeastError error;
    const auto address =
        asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
    if (error)
      return fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is no address to listen on", options.host));
    const Tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(ErrorCode::kIo, fmt::format("cannot listen on {}:{} ({}); choose another --port",
                                              options.host, options.port, error.message()));
    }
    port_ = acceptor_.local_endpoint().port();
    accepting_ = std::jthread([this] { accept_all(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

  void stop() override {
    {
      const std::scoped_lock hold(mutex_);
      if (stopping_) return;
      stopping_ = true;
      for (Connection* connection : connections_) connection->end_if_idle();
    }
    room_.notify_all();
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    if (accepting_.joinable()) accepting_.join();
    std::unique_lock hold(mutex_);
    room_.wait(hold, [this] { return connections_.empty() && running_ == 0; });
    hold.unlock();
    for (std::jthread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void accept_all() {
    while (true) {
      Tcp::socket socket(context_);
      BeastError error;
      acceptor_.accept(socket, error);
      std::unique_lock hold(mutex_);
      room_.wait(hold, [this] { return stopping_ || running_ < threads_max_; });
      if (stopping_) return;
      if (error) continue;
      join_finished();
      ++running_;
      threads_.emplace_back(
          [this, moved = std::make_shared<Tcp::socket>(std::move(socket))] { serve(std::move(*moved)); });
    }
  }

  void serve(Tcp::socket socket) {
    Connection connection(std::move(socket), handler_);
    {
      const std::scoped_lock hold(mutex_);
      if (!stopping_) connections_.insert(&connection);
    }
    if (!stopping_) connection.serve();
    const std::scoped_lock hold(mutex_);
    connections_.erase(&connection);
    finished_.insert(std::this_thread::get_id());
    --running_;
    room_.notify_all();
  }

  void join_finished() {
    std::erase_if(threads_, [this](std::jthread& thread) {
      if (!finished_.contains(thread.get_id())) return false;
      finished_.erase(thread.get_id());
      thread.join();  // it has left serve() but for its last instructions
      return true;
    });
  }

  asio::io_context context_{};
  Tcp::acceptor acceptor_;
  HttpHandler& handler_;
  std::size_t threads_max_;
  std::uint16_t port_ = 0;
  std::mutex mutex_{};
  std::condition_variable room_{};
  std::atomic<bool> stopping_{false};
  std::size_t running_ = 0;
  std::set<Connection*> connections_{};
  std::set<std::thread::id> finished_{};
  std::list<std::jthread> threads_{};
  std::jthread accepting_{};
};

}  // namespace

Result<std::unique_ptr<HttpListener>> listen_http(const ListenOptions& options, HttpHandler& handler) {
  auto listener = std::make_unique<Listener>(handler, options.threads_max);
  SLIPWAY_TRY(listener->open(options));
  return std::unique_ptr<HttpListener>(std::move(listener));
}

}  // namespace slipway::os
