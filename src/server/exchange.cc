#include "server/exchange.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"

namespace slipway::server {
namespace {

std::string decoded_query(std::string_view text) {
  std::string plain(text);
  std::ranges::replace(plain, '+', ' ');
  return percent_decode(plain).value_or(plain);
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> rows;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view row = text.substr(0, end);
    const std::size_t equals = std::min(row.find('='), row.size());
    std::string key = decoded_query(row.substr(0, equals));
    if (key.ends_with("[]")) key.resize(key.size() - 2);
    rows.emplace_back(std::move(key), decoded_query(row.substr(std::min(equals + 1, row.size()))));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rows;
}

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    segments.emplace_back(path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return segments;
}

int status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kUnauthorized:
      return 403;
    case ErrorCode::kAlreadyExists:
      return 409;
    case ErrorCode::kConflict:
      return 412;
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kCorruptData:
    case ErrorCode::kProtocol:
      return 400;
    case ErrorCode::kRefused:
      return 413;
    case ErrorCode::kNoSpace:
      return 507;
    default:
      return 500;
  }
}

}  // namespace

Refusal not_found(std::string_view code, std::string_view message) {
  return {404, std::string(code), std::string(message)};
}

Refusal expired_upload() {
  return {403, "", "this upload address has expired; ask the LFS batch for a new one"};
}

Exchange::Exchange(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& response)
    : head_(head), body_(body), response_(response) {
  const std::string_view target = head.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  segments_ = split_path(target.substr(0, mark));
  query_ = parse_query(target.substr(std::min(mark + 1, target.size())));
}

std::vector<std::string> Exchange::query(std::string_view key) const {
  std::vector<std::string> values;
  for (const auto& [name, value] : query_) {
    if (name == key) values.push_back(value);
  }
  return values;
}

bool Exchange::query_true(std::string_view key) const {
  const auto values = query(key);
  return !values.empty() && (values.back() == "1" || values.back() == "true" || values.back() == "True");
}

std::string Exchange::base_url() const {
  const std::string scheme =
      head_.headers.find("X-Forwarded-Proto").value_or(head_.secure ? "https" : "http");
  const auto host = head_.headers.find("X-Forwarded-Host");
  return fmt::format("{}://{}", scheme, host ? *host : head_.headers.find("Host").value_or("localhost"));
}

Result<std::string> Exchange::read_text(std::uint64_t bytes_max) {
  std::string text;
  ByteVector piece(64u << 10);
  while (true) {
    SLIPWAY_ASSIGN(const std::size_t got, body_.read(piece));
    if (got == 0) return text;
    if (got > bytes_max - text.size())
      return fail(ErrorCode::kRefused, fmt::format("the body is larger than {} bytes", bytes_max));
    text.append(as_text(Bytes(piece).first(got)));
  }
}

Result<json::Value> Exchange::read_json() {
  SLIPWAY_ASSIGN(const std::string body, read_text(kJsonBodyBytesMax));
  return json::parse(body);
}

void Exchange::text(int status, std::string_view type, std::string_view text, os::Headers headers) {
  headers.set("Content-Type", std::string(type));
  replied_ = true;
  if (response_.begin(status, headers, text.size())) (void)response_.write(as_bytes(text));
}

void Exchange::json(int status, const json::Value& value, os::Headers headers) {
  text(status, "application/json; charset=utf-8", json::print_compact(value), std::move(headers));
}

void Exchange::empty(int status, os::Headers headers) {
  replied_ = true;
  (void)response_.begin(status, headers, 0);
}

void Exchange::refuse(const Refusal& refusal, os::Headers headers) {
  if (!refusal.code.empty()) headers.set("X-Error-Code", refusal.code);
  headers.set("X-Error-Message", refusal.message);
  json(refusal.status, json::Value::object({{"error", refusal.message}}), std::move(headers));
}

void Exchange::refuse(const Error& error) { refuse(Refusal{status_of(error), "", error.message}); }

}  // namespace slipway::server
