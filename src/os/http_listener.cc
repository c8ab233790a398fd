// The listener, over Boost.Beast: one thread a connection, and a deadline on everything it waits for.
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

#include "os/kept_places.h"
#include "os/timed_socket.h"
#include "slipway/http.h"

namespace slipway::os {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using BeastError = boost::system::error_code;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 64u << 10;
constexpr Millis kLook{250};  // how often a thread that waits looks around

std::unexpected<Error> client_gone(std::string_view what) {
  return fail(ErrorCode::kNetwork, fmt::format("the client is gone ({})", what));
}

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

// A TimedSocket as Beast wants a stream.
class Stream {
 public:
  explicit Stream(TimedSocket& socket) : socket_(socket) {}

  template <class Buffers>
  std::size_t read_some(const Buffers& buffers, BeastError& error) {
    const asio::mutable_buffer out = first_of<asio::mutable_buffer>(buffers);
    if (out.size() == 0) return 0;
    const Moved moved = socket_.read_some({static_cast<std::byte*>(out.data()), out.size()});
    error = told(moved);
    if (!error && moved.bytes == 0) error = asio::error::eof;
    return moved.bytes;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, BeastError& error) {
    const asio::const_buffer bytes = first_of<asio::const_buffer>(buffers);
    if (bytes.size() == 0) return 0;
    const Moved moved = socket_.write_some({static_cast<const std::byte*>(bytes.data()), bytes.size()});
    error = told(moved);
    return moved.bytes;
  }
  // The concept's throwing forms, which nobody calls.
  template <class Buffers>
  std::size_t read_some(const Buffers& buffers) {
    BeastError error;
    const std::size_t got = read_some(buffers, error);
    SLIPWAY_CHECK(!error);
    return got;
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers) {
    BeastError error;
    const std::size_t sent = write_some(buffers, error);
    SLIPWAY_CHECK(!error);
    return sent;
  }

 private:
  static BeastError told(const Moved& moved) { return {moved.error, boost::system::system_category()}; }

  template <class Buffer, class Buffers>
  static Buffer first_of(const Buffers& buffers) {
    for (auto at = asio::buffer_sequence_begin(buffers); at != asio::buffer_sequence_end(buffers); ++at) {
      if (Buffer(*at).size() > 0) return *at;
    }
    return {};
  }

  TimedSocket& socket_;
};

// The request's body, read from the socket as the handler asks for it.
class SocketBody : public BodyReader {
 public:
  SocketBody(Stream stream, beast::flat_buffer& buffer, http::request_parser<http::buffer_body>& parser)
      : stream_(stream), buffer_(buffer), parser_(parser) {}

  Result<std::size_t> read(MutableBytes out) override {
    SLIPWAY_TRY(allow());
    while (!parser_.is_done()) {
      auto& body = parser_.get().body();
      body.data = out.data();
      body.size = out.size();
      BeastError error;
      http::read(stream_, buffer_, parser_, error);
      if (error && error != http::error::need_buffer) return client_gone(error.message());
      const std::size_t got = out.size() - body.size;
      if (got > 0 || out.empty()) return got;
    }
    return std::size_t{0};
  }

  // Takes what the handler left unread, so that the next request can follow; false when it is too much.
  bool drain(std::uint64_t bytes_max) {
    ByteVector piece(kPieceBytes);
    std::uint64_t taken = 0;
    if (waiting_for_consent() && !parser_.is_done()) return false;
    while (!parser_.is_done() && taken <= bytes_max) {
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
      asio::write(stream_, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), error);
      if (error) return client_gone(error.message());
    }
    allowed_ = true;
    return {};
  }

  Stream stream_;
  beast::flat_buffer& buffer_;
  http::request_parser<http::buffer_body>& parser_;
  bool allowed_ = false;
};

class SocketResponse : public ResponseWriter {
 public:
  SocketResponse(Stream stream, bool head_only, bool keep_alive)
      : stream_(stream), head_only_(head_only), keep_alive_(keep_alive) {}

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
    asio::write(stream_, asio::buffer(bytes.data(), bytes.size()), error);
    return error ? Result<void>(client_gone(error.message())) : Result<void>{};
  }

  Stream stream_;
  bool head_only_;
  bool keep_alive_;
  bool begun_ = false;
  bool chunked_ = false;
  bool cut_ = false;
  std::optional<std::uint64_t> left_{};
};

// One connection: requests one after the other until somebody closes, or is silent for too long.
class Connection {
 public:
  Connection(FileDescriptor socket, HttpHandler& handler, const ListenLimits& limits)
      : socket_(std::move(socket)), handler_(handler), limits_(limits), buffer_(limits.header_bytes * 4) {}

  void serve() {
    while (serve_one() && wait_for_request()) {
    }
    socket_.shut_down(SHUT_RDWR);
  }

  // From other threads, while this lives.
  // Ends a connection that waits for a request at once, any other after the one in work.
  void stop() {
    stopping_ = true;
    if (waiting_) socket_.shut_down(SHUT_RD);
  }
  void cut() { socket_.shut_down(SHUT_RDWR); }
  // Ends it as soon as nothing of a request is on its way.
  void make_room() { ending_ = true; }
  KeptPlace place() const {
    const Steady::rep since = idle_since_;
    if (since == 0) return {.idle_since = std::nullopt, .ending = ending_};
    return {.idle_since = Steady::time_point(Steady::duration(since)), .ending = ending_};
  }

 private:
  bool wait_for_request() {
    if (buffer_.size() > 0) return true;
    const Steady::time_point end = Steady::now() + limits_.idle;
    if (!begin_to_wait()) return false;
    idle_since_ = Steady::now().time_since_epoch().count();
    int waited = ETIMEDOUT;
    while (waited == ETIMEDOUT && !ending_ && Steady::now() < end) {
      const auto left = std::chrono::ceil<Millis>(end - Steady::now());
      waited = socket_.wait_readable(std::min(kLook, left));
    }
    if (waited == 0) idle_since_ = 0;  // one that goes stays idle, and is seen to go
    return waited == 0;
  }

  // False when stop() came first; when it comes later it sees `waiting_`.
  bool begin_to_wait() {
    waiting_ = true;
    return !stopping_;
  }

  bool serve_one() {
    http::request_parser<http::buffer_body> parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(boost::none);
    if (!read_header(parser)) return false;
    socket_.allow({.longest = limits_.stall, .bytes_per_second = limits_.bytes_per_second});
    RequestHead head{
        .method = text(parser.get().method_string()), .target = text(parser.get().target()), .headers = {}};
    for (const auto& field : parser.get()) head.headers.add(text(field.name_string()), text(field.value()));
    const bool keep_alive = parser.keep_alive() && !ending_ && !stopping_;
    SocketBody body(stream_, buffer_, parser);
    SocketResponse response(stream_, head.method == "HEAD", keep_alive);
    handler_.handle(head, body, response);
    return response.finish() && body.drain(limits_.unread_bytes) && keep_alive;
  }

  bool read_header(http::request_parser<http::buffer_body>& parser) {
    if (!begin_to_wait()) return false;
    BeastError error;
    socket_.allow({.longest = limits_.header});
    http::read_header(stream_, buffer_, parser, error);
    waiting_ = false;
    if (!error) return true;
    const bool silent = error == asio::error::timed_out && !parser.got_some();
    if (error == http::error::end_of_stream || silent) return false;
    refuse(error == http::error::header_limit ? 431 : error == asio::error::timed_out ? 408 : 400);
    return false;
  }

  void refuse(int status) {
    socket_.allow({.longest = limits_.header});
    SocketResponse response(stream_, false, false);
    (void)response.begin(status, {}, 0);
  }

  TimedSocket socket_;
  Stream stream_{socket_};
  HttpHandler& handler_;
  const ListenLimits& limits_;
  beast::flat_buffer buffer_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> ending_{false};
  std::atomic<bool> waiting_{false};        // for a request, or for the rest of its header block
  std::atomic<Steady::rep> idle_since_{0};  // 0: not between two requests
};

class Listener : public HttpListener {
 public:
  Listener(HttpHandler& handler, const ListenLimits& limits)
      : acceptor_(context_), handler_(handler), limits_(limits) {}
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
      for (Connection* connection : connections_) connection->stop();
    }
    room_.notify_all();
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    if (accepting_.joinable()) accepting_.join();
    std::unique_lock hold(mutex_);
    const auto over = [this] { return connections_.empty() && running_ == 0; };
    if (!room_.wait_for(hold, limits_.stop_grace, over)) {
      for (Connection* connection : connections_) connection->cut();
      room_.wait(hold, over);  // for the handlers: no socket holds them any more
    }
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
      wait_for_room(hold);
      if (stopping_) return;
      if (error) {
        room_.wait_for(hold, kLook);  // no descriptor is left, say: that may pass
        continue;
      }
      join_finished();
      ++running_;
      socket.set_option(Tcp::no_delay(true), error);
      threads_.emplace_back([this, moved = std::make_shared<FileDescriptor>(socket.release(error))] {
        serve(std::move(*moved));
      });
    }
  }

  void wait_for_room(std::unique_lock<std::mutex>& hold) {
    while (!stopping_ && running_ >= limits_.connections_max) {
      make_room();
      room_.wait_for(hold, kLook);
    }
  }

  void make_room() {
    const std::vector<Connection*> here(connections_.begin(), connections_.end());
    std::vector<KeptPlace> places;
    for (const Connection* each : here) places.push_back(each->place());
    if (const auto which = gives_way(places)) here[*which]->make_room();
  }

  void serve(FileDescriptor socket) {
    Connection connection(std::move(socket), handler_, limits_);
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
  const ListenLimits limits_;
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
  auto listener = std::make_unique<Listener>(handler, options.limits);
  SLIPWAY_TRY(listener->open(options));
  return std::unique_ptr<HttpListener>(std::move(listener));
}

}  // namespace slipway::os
