// How calls are sent: headers, token, retries, errors. The calls themselves are in client_*.cc.
#include "hub/client.h"

#include <algorithm>
#include <mutex>
#include <set>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/errors.h"
#include "os/redirect.h"

namespace slipway::hub {
namespace {

constexpr std::uint64_t kReplyBytesMax = 64u << 20;
constexpr os::Millis kWaitTold{3'000};
constexpr std::size_t kTopicsMax = 100;

bool is_sendable(std::string_view token) {
  return std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7F'; });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "owner/name" of ".../api/models/owner/name/...", still encoded; empty when it is no such address.
std::string repo_of_url(std::string_view url) {
  constexpr std::string_view kPart = "/api/models/";
  const std::size_t at = url.find(kPart);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = url.substr(at + kPart.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return "";
  return std::string(rest.substr(0, rest.find_first_of("/?#", slash + 1)));
}

std::string what_came(const Error& error) {
  if (error.code == ErrorCode::kNetwork) return "no whole answer";
  return fmt::format("the server answered {}", error.http_status);
}

std::int64_t whole_seconds(os::Millis wait) { return (wait.count() + 999) / 1000; }

void explain_giving_up(Error& error, GiveUp why, int attempts) {
  if (why == GiveUp::kAttemptsUsed) error.message += fmt::format(" (tried {} times)", attempts);
  if (why == GiveUp::kMayBeDone)
    error.message += "; it may have been done all the same, so look before it is asked for again";
  if (why == GiveUp::kWaitTooLong) {
    error.message +=
        fmt::format("; it asks to be left alone for {} s, which is longer than this program waits",
                    whole_seconds(error.retry_after.value_or(os::Millis(0))));
  }
}

}  // namespace

struct Client::Told {
  std::mutex mutex{};
  std::set<std::string, std::less<>> topics{};
  // True the first time.
  bool first(std::string_view topic) {
    const std::scoped_lock hold(mutex);
    return topics.size() < kTopicsMax && topics.emplace(topic).second;
  }
};

Client::Client(os::World& world, ClientOptions options)
    : world_(world), options_(std::move(options)), told_(std::make_shared<Told>()) {}

Client::Call Client::repo_call(const wire::RepoId& repo, std::string_view tail) const {
  return {
      .path = fmt::format("/api/models/{}/{}{}", percent_encode(repo.owner), percent_encode(repo.name), tail),
      .what = repo.full(),
      .repo = repo.full()};
}

void Client::set_json(Call& call, const json::Value& body) {
  call.body = os::text_body(json::print_compact(body));
  call.headers.set("Content-Type", "application/json");
}

void Client::tell(std::string_view text) const {
  if (options_.tell) options_.tell(text);
}

// "X-HF-Warning: topic; message", as stock clients show it: once a topic.
void Client::tell_warnings(const os::HttpResponse& response) {
  for (const auto& [name, value] : response.headers.rows()) {
    if (!os::Headers({{name, ""}}).contains("X-HF-Warning")) continue;
    const std::size_t semicolon = value.find(';');
    const std::string topic(trimmed(semicolon == std::string::npos ? "" : value.substr(0, semicolon)));
    const std::string message(trimmed(semicolon == std::string::npos ? value : value.substr(semicolon + 1)));
    if (!message.empty() && told_->first("warning " + topic))
      tell(fmt::format("{} says: {}", options_.endpoint, fit(message, options_)));
  }
}

void Client::tell_rename(const Call& call, const os::HttpResponse& response) {
  if (call.repo.empty() || os::origin_of(response.final_url) != os::origin_of(options_.endpoint)) return;
  const std::string now = repo_of_url(response.final_url);
  const std::string asked = repo_of_url(call.path);
  if (now.empty() || asked.empty() || now == asked || !told_->first("rename " + asked)) return;
  tell(fmt::format("{} is called {} now; use that name", call.repo, fit(now, options_)));
}

os::HttpRequest Client::request_of(const Call& call) const {
  os::HttpRequest request{.method = call.method,
                          .url = call.path.starts_with('/') ? options_.endpoint + call.path : call.path,
                          .headers = call.headers,
                          .body = call.body};
  request.headers.set("User-Agent", options_.user_agent);
  request.follow_redirects = true;
  request.once = call.kind == CallKind::kUnsafeWrite;
  // The token goes to the endpoint alone, whatever addresses its answers name.
  const bool ours = os::origin_of(request.url) == os::origin_of(options_.endpoint);
  if (ours && !call.anonymous && !options_.token.empty()) {
    request.headers.set("Authorization", fmt::format("Bearer {}", options_.token.reveal()));
  }
  return request;
}

Error Client::refused(const os::HttpResponse& response, std::string_view body, const Call& call) const {
  return refusal(response, body, {.what = call.what, .repo = call.repo, .moves_branch = call.moves_branch},
                 options_, world_.clock.unix_ms());
}

Error Client::unclear_reply(const Call& call, const os::HttpResponse& response,
                            std::string_view problem) const {
  return unclear(response, {.what = call.what, .repo = call.repo}, options_, problem);
}

Error Client::told(const Call& call, const os::HttpResponse& response, Error error) const {
  if (error.code == ErrorCode::kProtocol) return unclear_reply(call, response, error.message);
  error.message = fit(error.message, options_);
  return error;
}

Result<os::CollectedReply> Client::send_once(const Call& call) {
  if (!is_sendable(options_.token.reveal())) {
    return fail(ErrorCode::kUnauthorized,
                fmt::format("the token from {} holds blanks or control characters; copy it again",
                            options_.token.source().empty() ? "HF_TOKEN" : options_.token.source()));
  }
  const os::HttpRequest request = request_of(call);
  SLIPWAY_ASSIGN(os::CollectedReply reply, os::send_and_collect(world_.http, request, kReplyBytesMax));
  tell_warnings(reply.response);
  tell_rename(call, reply.response);
  if (reply.response.status >= 200 && reply.response.status < 300) return reply;
  return std::unexpected(refused(reply.response, reply.body, call));
}

Result<void> Client::wait_after(Error error, Trial& trial) {
  const Decision decision = decide(options_.retry, trial.kind, failure_of(error), trial.attempt, trial.waited,
                                   world_.dice.fraction());
  if (!decision.wait) {
    explain_giving_up(error, decision.why, trial.attempt);
    return std::unexpected(std::move(error));
  }
  if (*decision.wait >= kWaitTold) {
    tell(fmt::format("{}: {}; trying again in {} s", trial.what, what_came(error),
                     whole_seconds(*decision.wait)));
  }
  world_.executor.sleep(*decision.wait);
  trial.waited += *decision.wait;
  ++trial.attempt;
  if (!world_.executor.interrupted()) return {};
  return fail(ErrorCode::kInterrupted, "stopped; run the same command again to go on");
}

Result<os::CollectedReply> Client::send(const Call& call) {
  Trial trial{.kind = call.kind, .what = call.what};
  while (true) {
    auto reply = send_once(call);
    if (reply) return reply;
    SLIPWAY_TRY(wait_after(std::move(reply).error(), trial));
  }
}

}  // namespace slipway::hub
