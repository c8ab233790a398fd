// How calls are sent: headers, token, retries, errors. The calls themselves are in client_*.cc.
#include "hub/client.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/errors.h"
#include "os/redirect.h"

namespace slipway::hub {
namespace {

constexpr std::uint64_t kReplyBytesMax = 64u << 20;

bool is_sendable(std::string_view token) {
  return std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7F'; });
}

}  // namespace

Client::Client(os::World& world, ClientOptions options) : world_(world), options_(std::move(options)) {}

Client::Call Client::repo_call(const wire::RepoId& repo, std::string_view tail) const {
  return {
      .path = fmt::format("/api/models/{}/{}{}", percent_encode(repo.owner), percent_encode(repo.name), tail),
      .what = repo.full()};
}

void Client::set_json(Call& call, const json::Value& body) {
  call.body = os::text_body(json::print_compact(body));
  call.headers.set("Content-Type", "application/json");
}

os::HttpRequest Client::request_of(const Call& call) const {
  os::HttpRequest request{.method = call.method,
                          .url = call.path.starts_with('/') ? options_.endpoint + call.path : call.path,
                          .headers = call.headers,
                          .body = call.body};
  request.headers.set("User-Agent", options_.user_agent);
  // The token goes to the endpoint alone, whatever addresses its answers name.
  const bool ours = os::origin_of(request.url) == os::origin_of(options_.endpoint);
  if (ours && !options_.token.empty()) {
    request.headers.set("Authorization", fmt::format("Bearer {}", options_.token.reveal()));
  }
  return request;
}

Result<os::CollectedReply> Client::send_once(const Call& call) {
  if (!is_sendable(options_.token.reveal())) {
    return fail(ErrorCode::kUnauthorized,
                "the token holds blanks or control characters; copy it again into HF_TOKEN");
  }
  os::HttpRequest request = request_of(call);
  request.follow_redirects = true;
  SLIPWAY_ASSIGN(os::CollectedReply reply, os::send_and_collect(world_.http, request, kReplyBytesMax));
  if (reply.response.status >= 200 && reply.response.status < 300) return reply;
  return std::unexpected(refusal(reply.response, reply.body, call.what, options_));
}

Result<os::CollectedReply> Client::send(const Call& call) {
  for (int attempt = 1;; ++attempt) {
    auto reply = send_once(call);
    if (reply || !call.retried) return reply;
    const auto wait = retry_delay(options_.retry, reply.error(), attempt, world_.dice.fraction());
    if (!wait) return reply;
    world_.executor.sleep(*wait);
    if (world_.executor.interrupted())
      return fail(ErrorCode::kInterrupted, "stopped; run the same command again to go on");
  }
}

Result<json::Value> Client::send_json(const Call& call) {
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(call));
  auto body = json::parse(reply.body);
  if (!body) {
    return fail(ErrorCode::kProtocol,
                fmt::format("{} did not answer with JSON for {}; check the endpoint, it may not be a Hub",
                            options_.endpoint, call.what));
  }
  return body;
}

}  // namespace slipway::hub
