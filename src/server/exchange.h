// server/exchange.h - one request and its reply, as the routes see them.
//
// Contract   Exactly one reply is begun. Errors carry X-Error-Code and X-Error-Message as stock clients
//            read them, and a JSON body {"error": message}.
// Limits     a JSON body 16 MiB
// Threads    one thread
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/limits.h"
#include "slipway/http.h"
#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::server {

struct Refusal {
  int status = 404;
  std::string code{};  // X-Error-Code, "" for none
  std::string message{};
};

class Exchange {
 public:
  Exchange(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& response);

  const os::RequestHead& head() const { return head_; }
  os::BodyReader& body() { return body_; }
  const std::string& method() const { return head_.method; }
  const std::vector<std::string>& raw_segments() const { return segments_; }  // still percent-encoded
  // Values of a query key; `expand[]=a` counts as `expand=a`.
  std::vector<std::string> query(std::string_view key) const;
  bool query_true(std::string_view key) const;  // 1, true, True
  std::string base_url() const;                 // "http://host:port", as the client wrote it

  Result<std::string> read_text(std::uint64_t bytes_max);
  Result<json::Value> read_json();

  void json(int status, const json::Value& value, os::Headers headers = {});
  void text(int status, std::string_view type, std::string_view text, os::Headers headers = {});
  void empty(int status, os::Headers headers = {});
  void refuse(const Refusal& refusal, os::Headers headers = {});
  void refuse(const Error& error);  // an error of ours as the status that fits it
  os::ResponseWriter& response() { return response_; }
  bool replied() const { return replied_; }
  void mark_replied() { replied_ = true; }

 private:
  const os::RequestHead& head_;
  os::BodyReader& body_;
  os::ResponseWriter& response_;
  std::vector<std::string> segments_{};
  std::vector<std::pair<std::string, std::string>> query_{};
  bool replied_ = false;
};

Refusal not_found(std::string_view code, std::string_view message);
Refusal expired_upload();  // of an address whose time is over

}  // namespace slipway::server
