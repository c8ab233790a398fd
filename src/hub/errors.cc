#include "hub/errors.h"

#include <algorithm>

#include <fmt/format.h>

#include "hub/retry.h"
#include "os/redirect.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kPathsTold = 3;
constexpr std::string_view kDisabled = "Access to this resource is disabled.";
constexpr std::string_view kMalformedToken = "Invalid credentials in Authorization header";
constexpr std::string_view kOtherOperation = "another conflicting operation is in progress";

// The answer, seen as a whole.
struct Answer {
  const os::HttpResponse& response;
  std::string_view body;
  const Asked& asked;
  const ClientOptions& options;
  std::string said;        // in the server's words
  std::string error_code;  // X-Error-Code
  std::string who;         // the endpoint, or another host
  bool from_endpoint;

  int status() const { return response.status; }
  bool says(std::string_view words) const { return said.find(words) != std::string::npos; }
  bool speaks_json() const {
    const auto root = json::parse(body);
    return root && root->is_object();
  }
  std::string token_source() const {
    return options.token.source().empty() ? "HF_TOKEN" : options.token.source();
  }
};

struct Verdict {
  ErrorCode code;
  std::string way_out;
};

// Where tokens are made: a page of huggingface.co, a command of a Hub of one's own.
std::string token_desk(const Answer& answer) {
  const std::string origin = os::origin_of(answer.options.endpoint);
  if (origin == "https://huggingface.co" || origin == "https://hub-ci.huggingface.co")
    return fmt::format("at {}/settings/tokens", origin);
  return "on that Hub (`slipway hub token create` on one of your own)";
}

std::string log_in(const Answer& answer) {
  return fmt::format("no token was sent: set HF_TOKEN to one that may use {}, or run `hf auth login`",
                     answer.asked.what);
}

Verdict gated(const Answer& answer) {
  const std::string page = fmt::format("{}/{}", answer.options.endpoint, answer.asked.repo);
  if (answer.options.token.empty())
    return {ErrorCode::kUnauthorized,
            fmt::format("it is gated: ask for access at {}, then set HF_TOKEN", page)};
  return {ErrorCode::kUnauthorized,
          fmt::format("it is gated: ask for access at {} with the account of the token from {}", page,
                      answer.token_source())};
}

Verdict unknown_user(const Answer& answer) {
  if (answer.options.token.empty()) {
    if (answer.asked.repo.empty()) return {ErrorCode::kUnauthorized, log_in(answer)};
    return {
        ErrorCode::kUnauthorized,
        fmt::format("{} is not there, or private: check the name, or set HF_TOKEN to a token that may use "
                    "it (or run `hf auth login`)",
                    answer.asked.repo)};
  }
  const std::string_view why = answer.says(kMalformedToken)
                                   ? "is malformed or not known"
                                   : "was refused, as one that is wrong, expired or revoked is";
  return {ErrorCode::kUnauthorized, fmt::format("the token from {} {}: make another one {}",
                                                answer.token_source(), why, token_desk(answer))};
}

Verdict forbidden(const Answer& answer) {
  if (answer.says(kDisabled)) {
    return {ErrorCode::kUnauthorized, fmt::format("the Hub has disabled it, whoever asks: see {}/{}",
                                                  answer.options.endpoint, answer.asked.repo)};
  }
  if (answer.options.token.empty()) return {ErrorCode::kUnauthorized, log_in(answer)};
  return {ErrorCode::kUnauthorized,
          fmt::format("the token from {} may not do this: give it the right to write to {} {}",
                      answer.token_source(), answer.asked.what, token_desk(answer))};
}

Verdict absent(const Answer& answer) {
  if (answer.error_code == "RevisionNotFound")
    return {ErrorCode::kNotFound,
            "the repository is there, but not this branch, tag or commit: check --revision"};
  if (answer.error_code == "EntryNotFound")
    return {ErrorCode::kNotFound, "the repository is there, but not this file: check the path"};
  // A page for people: some web server stands there, and what it lacks says nothing of a repository.
  const bool page = answer.error_code.empty() && !answer.response.headers.contains("X-Error-Message") &&
                    answer.body.find('<') != std::string_view::npos && !answer.speaks_json();
  if (answer.from_endpoint && page) return {ErrorCode::kProtocol, "check the endpoint; it may not be a Hub"};
  return {ErrorCode::kNotFound, answer.options.token.empty()
                                    ? "check the name; if it is private, set HF_TOKEN"
                                    : fmt::format("check the name, and whether the token from {} may see it",
                                                  answer.token_source())};
}

Verdict redirected(const Answer& answer) {
  const auto location = answer.response.headers.find("Location");
  if (!location) return {ErrorCode::kProtocol, "check the endpoint; it may not be a Hub"};
  return {ErrorCode::kProtocol,
          fmt::format("it redirects to {}, where what was sent would be lost: name that host as the endpoint",
                      one_line(os::resolve_url(answer.response.final_url, *location)))};
}

Verdict in_the_way(const Answer& answer) {
  if (answer.says(kOtherOperation)) return {ErrorCode::kUnavailable, "run the same command again later"};
  if (!answer.asked.moves_branch) return {ErrorCode::kAlreadyExists, "choose another name"};
  const auto root = json::parse(answer.body);
  const wire::Conflicts conflicts = root ? wire::read_conflicts(*root) : wire::Conflicts{};
  return {ErrorCode::kConflict, moved_branch(conflicts.paths, answer.options)};
}

Verdict by_status(const Answer& answer) {
  switch (answer.status()) {
    case 409:
      return in_the_way(answer);
    case 412:
      return {ErrorCode::kConflict, moved_branch({}, answer.options)};
    case 413:
      return {ErrorCode::kRefused, "it is larger than this Hub takes at once"};
    case 416:
      return {ErrorCode::kCorruptData,
              fmt::format("the file there is another one than ours ({}): fetch it again",
                          one_line(answer.response.headers.find("Content-Range").value_or("no size given")))};
    case 501:
    case 505:
      return {ErrorCode::kUnsupported, "this server does not offer it"};
    case 408:
    case 429:
      return {ErrorCode::kUnavailable, "run the same command again later"};
    default:
      if (answer.status() >= 500) return {ErrorCode::kUnavailable, "run the same command again later"};
      if (answer.status() >= 400) return {ErrorCode::kRefused, "change what it names and run again"};
      return {ErrorCode::kProtocol, "check the endpoint; it may not be a Hub"};
  }
}

Verdict judge(const Answer& answer) {
  if (answer.error_code == "GatedRepo") return gated(answer);
  if (answer.status() == 401) return unknown_user(answer);
  if (answer.status() == 402 || answer.status() == 403) return forbidden(answer);
  if (answer.status() == 404 || answer.status() == 410) return absent(answer);
  if (answer.status() >= 300 && answer.status() < 400) return redirected(answer);
  return by_status(answer);
}

std::string without(std::string text, const std::string& secret) {
  if (secret.empty()) return text;
  constexpr std::string_view kInstead = "...";
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kInstead.size()))
    text.replace(at, secret.size(), kInstead);
  return text;
}

// The server in messages: the endpoint, or another host that the endpoint named.
std::string name_of_server(const os::HttpResponse& response, const ClientOptions& options, bool& ours) {
  const std::string origin = os::origin_of(response.final_url);
  ours = origin.empty() || origin == os::origin_of(options.endpoint);
  return ours ? options.endpoint : one_line(origin);
}

// What the server says; the token is taken out before anything is cut, perhaps inside of it.
std::string without_token(const os::HttpResponse& response, std::string_view body,
                          const ClientOptions& options) {
  const std::string& token = options.token.reveal();
  os::HttpResponse clean = response;
  if (const auto said = response.headers.find("X-Error-Message"))
    clean.headers.set("X-Error-Message", without(*said, token));
  return server_text(clean, without(std::string(body), token));
}

}  // namespace

std::string moved_branch(const std::vector<std::string>& paths, const ClientOptions& options) {
  std::string where;
  for (std::size_t i = 0; i < std::min(paths.size(), kPathsTold); ++i)
    where += fmt::format("{}{}", i == 0 ? " in " : ", ", fit(paths[i], options));
  if (paths.size() > kPathsTold) where += fmt::format(" and {} more", paths.size() - kPathsTold);
  return fmt::format("the branch moved{} since the plan was made: run again, or with --replan", where);
}

std::string fit(std::string_view text, const ClientOptions& options) {
  return one_line(
      without(std::string(text), options.token.reveal()));  // before it is cut, perhaps inside of it
}

Error refusal(const os::HttpResponse& response, std::string_view body, const Asked& asked,
              const ClientOptions& options, std::int64_t now_unix_ms) {
  bool ours = true;
  const std::string who = name_of_server(response, options, ours);
  const Answer answer{.response = response,
                      .body = body,
                      .asked = asked,
                      .options = options,
                      .said = without_token(response, body, options),
                      .error_code = response.headers.find("X-Error-Code").value_or(""),
                      .who = who,
                      .from_endpoint = ours};
  const Verdict verdict = judge(answer);
  const bool unexpected = response.status >= 500 || verdict.code == ErrorCode::kProtocol;
  std::string message = fmt::format("{} answered {} for {}: {}; {}{}", who, response.status, asked.what,
                                    answer.said, verdict.way_out, unexpected ? request_note(response) : "");
  return {.code = verdict.code,
          .message = without(std::move(message), options.token.reveal()),
          .http_status = response.status,
          .retry_after = asked_wait(response, now_unix_ms)};
}

Error unclear(const os::HttpResponse& response, const Asked& asked, const ClientOptions& options,
              std::string_view problem) {
  return {.code = ErrorCode::kProtocol,
          .message = fmt::format("{} answered {} for {} with a {}; check the endpoint, it may not be a Hub{}",
                                 options.endpoint, response.status, asked.what, fit(problem, options),
                                 fit(request_note(response), options))};
}

}  // namespace slipway::hub
