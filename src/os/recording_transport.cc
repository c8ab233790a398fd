#include "os/recording_transport.h"

#include <algorithm>

namespace slipway::os {
namespace {

std::unexpected<Error> no_answer() { return fail(ErrorCode::kNetwork, "no answer (by the test's script)"); }

Result<HttpResponse> answer(const HttpRequest& request, const Mishap& mishap, const ReplySink& sink) {
  const HttpResponse response{.status = mishap.status, .headers = mishap.headers, .final_url = request.url};
  if (sink.head) SLIPWAY_TRY(sink.head(response));
  if (sink.body && !mishap.body.empty()) SLIPWAY_TRY(sink.body(as_bytes(mishap.body)));
  return response;
}

}  // namespace

Mishap RecordingTransport::record(const HttpRequest& request) {
  const std::scoped_lock hold(mutex_);
  requests_.push_back({.method = request.method,
                       .url = request.url,
                       .authorized = request.headers.contains("Authorization"),
                       .body_bytes = request.body ? request.body->size_bytes() : 0});
  return script_ ? script_(request, requests_.size() - 1) : Mishap{};
}

Result<HttpResponse> RecordingTransport::send(const HttpRequest& request, const ReplySink& sink) {
  const Mishap mishap = record(request);
  if (mishap.kind == Mishap::Kind::kStatus) return answer(request, mishap, sink);
  if (inner_ == nullptr || mishap.kind == Mishap::Kind::kNoAnswer) return no_answer();
  if (mishap.kind == Mishap::Kind::kNone) return inner_->send(request, sink);
  auto lost = inner_->send(request, {});
  return lost ? no_answer() : lost;
}

void RecordingTransport::set_script(Script script) {
  const std::scoped_lock hold(mutex_);
  script_ = std::move(script);
}

std::vector<RecordedRequest> RecordingTransport::requests() const {
  const std::scoped_lock hold(mutex_);
  return requests_;
}

std::size_t RecordingTransport::count(std::string_view method, std::string_view url_part) const {
  const std::scoped_lock hold(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(requests_, [&](const RecordedRequest& request) {
    return request.method == method && request.url.find(url_part) != std::string::npos;
  }));
}

void RecordingTransport::clear() {
  const std::scoped_lock hold(mutex_);
  requests_.clear();
}

}  // namespace slipway::os
