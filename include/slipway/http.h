// slipway/http.h - HTTP as values: what the client sends, what the server handles, one transport seam.
//
// Floor      os
// Contract   A request's body is a BodySource, a pure function from offset to bytes, so that a retry
//            or a redirect reads it again. A reply's body goes to a sink in pieces; nothing is held.
// Limits     header block 256 KiB; a reply collected in memory is bounded by the caller
// Threads    HttpTransport and HttpHandler: share freely. BodyReader, ResponseWriter: one thread.
// Errors     kNetwork (no or cut answer; os_error is ENOTCONN when the request never left), kRefused (an
//            unknown authority, a proxy that refuses); a status is never an error here
// Doubles    os/recording_transport.h writes down every request; os/loop_transport.h hands requests
//            to an HttpHandler without a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "slipway/bytes.h"
#include "slipway/executor.h"
#include "slipway/result.h"

namespace slipway::os {

// In order, names as written; look-up ignores case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> rows) : rows_(rows) {}
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);  // replaces every row of that name
  void erase(std::string_view name);
  std::optional<std::string> find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name).has_value(); }
  const std::vector<std::pair<std::string, std::string>>& rows() const { return rows_; }

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::uint64_t size_bytes() const = 0;
  virtual Result<void> read(std::uint64_t offset, MutableBytes out) = 0;  // fills `out`
};
std::shared_ptr<BodySource> text_body(std::string text);

struct HttpRequest {
  std::string method = "GET";
  std::string url{};
  Headers headers{};
  std::shared_ptr<BodySource> body{};  // null: no body
  bool once = false;                   // never sent a second time by the transport itself
  bool follow_redirects = false;       // by the rules of os/redirect.h
  Millis stall_timeout{60'000};        // no byte in either direction for that long: kNetwork
  Millis connect_timeout{10'000};
};

struct HttpResponse {
  int status = 0;
  Headers headers{};
  std::string final_url{};  // after redirects
};

// Called with the reply's head once, then with its body in pieces. Returning an error cuts the reply.
struct ReplySink {
  std::function<Result<void>(const HttpResponse&)> head{};  // may be empty
  std::function<Result<void>(Bytes)> body{};                // may be empty: the body is dropped
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  virtual Result<HttpResponse> send(const HttpRequest& request, const ReplySink& sink) = 0;
};

// Sends and collects the body; kProtocol when it is longer than `body_bytes_max`.
struct CollectedReply {
  HttpResponse response;
  std::string body;
};
Result<CollectedReply> send_and_collect(HttpTransport& transport, const HttpRequest& request,
                                        std::uint64_t body_bytes_max);

struct RequestHead {
  std::string method;
  std::string target;  // origin form, still percent-encoded: "/api/models/a/b?x=1"
  Headers headers;
  bool secure = false;  // came over TLS
};

class BodyReader {
 public:
  virtual ~BodyReader() = default;
  virtual Result<std::size_t> read(MutableBytes out) = 0;  // 0 at the end
};

// begin() once, then write() until the declared length is reached (or end of handle() when none). cut() ends
// the connection at once: what was sent by then is all that the other side gets.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;
  virtual Result<void> begin(int status, const Headers& headers,
                             std::optional<std::uint64_t> content_length) = 0;
  virtual Result<void> write(Bytes bytes) = 0;
  virtual void cut() {}
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual void handle(const RequestHead& head, BodyReader& body, ResponseWriter& response) = 0;
};

// What a client may ask of the listener's patience and memory.
struct ListenLimits {
  std::size_t connections_max = 64;  // served at the same time, a thread each; more wait for one that is idle
  std::uint32_t header_bytes = 64u << 10;
  Millis header{30'000};  // until the header block is whole; of a new connection, from its start
  Millis idle{75'000};    // between two requests
  Millis stall{75'000};   // waiting for bytes of a body, or for room for those of a reply,
  std::uint64_t bytes_per_second = 1'024;  // that such a share of is earned back: who drips is stalled too
  std::uint64_t unread_bytes = 1u << 20;   // of a body that the handler left, taken so that others can follow
  Millis stop_grace{5'000};                // for requests in work when stop() is called
};

struct ListenOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0 picks a free one
  ListenLimits limits{};
};

// Listens from start() until stop() or destruction. stop() closes at once what waits for a request, and what
// has one after limits.stop_grace; it returns when no handler is at work any more.
class HttpListener {
 public:
  virtual ~HttpListener() = default;
  virtual std::uint16_t port() const = 0;
  virtual void stop() = 0;
};
Result<std::unique_ptr<HttpListener>> listen_http(const ListenOptions& options, HttpHandler& handler);

}  // namespace slipway::os
