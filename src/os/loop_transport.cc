#include "os/loop_transport.h"

#include <algorithm>

#include "os/redirect.h"

namespace slipway::os {
namespace {

class SourceReader : public BodyReader {
 public:
  explicit SourceReader(std::shared_ptr<BodySource> source) : source_(std::move(source)) {}
  Result<std::size_t> read(MutableBytes out) override {
    if (!source_) return std::size_t{0};
    const auto part =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), source_->size_bytes() - at_));
    if (part == 0) return std::size_t{0};
    SLIPWAY_TRY(source_->read(at_, out.first(part)));
    at_ += part;
    return part;
  }

 private:
  std::shared_ptr<BodySource> source_;
  std::uint64_t at_ = 0;
};

class SinkWriter : public ResponseWriter {
 public:
  SinkWriter(const HttpRequest& request, const ReplySink& sink) : request_(request), sink_(sink) {}

  Result<void> begin(int status, const Headers& headers,
                     std::optional<std::uint64_t> content_length) override {
    SLIPWAY_CHECK(!begun_);
    begun_ = true;
    response_ = {.status = status, .headers = headers, .final_url = request_.url};
    if (content_length) response_.headers.add("Content-Length", std::to_string(*content_length));
    left_ = content_length;
    redirects_ = next_request(request_, response_).has_value();
    return redirects_ || !sink_.head ? Result<void>{} : keep(sink_.head(response_));
  }

  Result<void> write(Bytes bytes) override {
    SLIPWAY_CHECK(begun_ && (!left_ || bytes.size() <= *left_));
    if (left_) *left_ -= bytes.size();
    if (request_.method == "HEAD" || bytes.empty()) return {};
    if (redirects_) return keep(dropped_.drop(bytes, request_.url));
    if (!sink_.body) return {};
    return keep(sink_.body(bytes));
  }

  void cut() override { cut_ = true; }

  Result<HttpResponse> finish() {
    if (failure_) return std::unexpected(std::move(*failure_));
    const bool whole = begun_ && !cut_ && (request_.method == "HEAD" || left_.value_or(0) == 0);
    if (!whole) return fail(ErrorCode::kNetwork, "the answer was cut");
    return std::move(response_);
  }

 private:
  Result<void> keep(Result<void> done) {
    if (!done && !failure_) failure_ = done.error();
    return done;
  }

  const HttpRequest& request_;
  const ReplySink& sink_;
  HttpResponse response_{};
  std::optional<std::uint64_t> left_{};
  bool begun_ = false;
  bool redirects_ = false;
  RedirectBody dropped_{};
  bool cut_ = false;
  std::optional<Error> failure_{};
};

RequestHead head_of(const HttpRequest& request) {
  const std::string origin = origin_of(request.url);
  RequestHead head{
      .method = request.method, .target = request.url.substr(origin.size()), .headers = request.headers};
  if (head.target.empty()) head.target = "/";
  head.headers.add("Host", origin.substr(origin.find("://") + 3));
  if (request.body) head.headers.set("Content-Length", std::to_string(request.body->size_bytes()));
  return head;
}

}  // namespace

Result<HttpResponse> LoopTransport::send(const HttpRequest& request, const ReplySink& sink) {
  HttpRequest current = request;
  for (int hop = 0; hop <= kRedirectsMax; ++hop) {
    SourceReader body(current.body);
    SinkWriter writer(current, sink);
    handler_.handle(head_of(current), body, writer);
    SLIPWAY_ASSIGN(HttpResponse response, writer.finish());
    auto next = next_request(current, response);
    if (!next) return response;
    current = std::move(*next);
  }
  return fail(ErrorCode::kProtocol, request.url + " redirects too often");
}

}  // namespace slipway::os
