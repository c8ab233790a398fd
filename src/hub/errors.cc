#include "hub/errors.h"

#include <charconv>

#include <fmt/format.h>

namespace slipway::hub {
namespace {

constexpr std::size_t kTextBytesMax = 500;

std::string server_text(const os::HttpResponse& response, std::string_view body) {
  std::string text = response.headers.find("X-Error-Message").value_or("");
  if (const auto root = json::parse(body); root && root->is_object()) {
    if (const json::Value* error = root->find("error"); text.empty() && error != nullptr)
      text = error->string();
    if (const json::Value* errors = root->find("errors")) {
      for (const json::Value& row : errors->items()) {
        const json::Value* message = row.find("message");
        if (message != nullptr) text += (text.empty() ? "" : "; ") + message->string();
      }
    }
  }
  for (char& c : text) c = c == '\n' || c == '\r' ? ' ' : c;
  if (text.size() > kTextBytesMax) text.resize(kTextBytesMax);
  return text.empty() ? "no reason given" : text;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end == text.data() || value < 0 || value > 3600) return std::nullopt;
  return value;
}

ErrorCode code_of(int status) {
  if (status == 401 || status == 402 || status == 403) return ErrorCode::kUnauthorized;
  if (status == 404 || status == 410) return ErrorCode::kNotFound;
  if (status == 409) return ErrorCode::kAlreadyExists;
  if (status == 412) return ErrorCode::kConflict;
  if (status == 408 || status == 429 || status >= 500) return ErrorCode::kUnavailable;
  return status >= 400 ? ErrorCode::kRefused : ErrorCode::kProtocol;
}

std::string way_out(ErrorCode code, std::string_view what, const ClientOptions& options) {
  switch (code) {
    case ErrorCode::kUnauthorized:
      return options.token.empty()
                 ? fmt::format(
                       "no token was sent: set HF_TOKEN to one that may use {}, or run `hf auth login`", what)
                 : fmt::format("the token was refused: set HF_TOKEN to one that may use {}", what);
    case ErrorCode::kNotFound:
      return "check the name, and whether your token may see it";
    case ErrorCode::kConflict:
      return "the branch moved since the plan was made: run again, or with --replan";
    case ErrorCode::kUnavailable:
      return "run the same command again later";
    case ErrorCode::kProtocol:
      return "check the endpoint; it may not be a Hub";
    default:
      return "change what it names and run again";
  }
}

}  // namespace

std::string error_code_header(const os::HttpResponse& response) {
  return response.headers.find("X-Error-Code").value_or("");
}

std::optional<os::Millis> asked_wait(const os::HttpResponse& response) {
  if (const auto text = response.headers.find("Retry-After")) {
    if (const auto seconds = whole_number(*text)) return os::Millis((*seconds + 1) * 1000);
  }
  const std::string limit = response.headers.find("RateLimit").value_or("");
  const std::size_t t = limit.find(";t=");
  if (response.status == 429 && limit.find(";r=0") != std::string::npos && t != std::string::npos) {
    if (const auto seconds = whole_number(std::string_view(limit).substr(t + 3)))
      return os::Millis((*seconds + 1) * 1000);
  }
  return std::nullopt;
}

Error refusal(const os::HttpResponse& response, std::string_view body, std::string_view what,
              const ClientOptions& options) {
  const ErrorCode code = code_of(response.status);
  return {.code = code,
          .message = fmt::format("{} answered {} for {}: {}; {}", options.endpoint, response.status, what,
                                 server_text(response, body), way_out(code, what, options)),
          .http_status = response.status,
          .retry_after = asked_wait(response)};
}

}  // namespace slipway::hub
