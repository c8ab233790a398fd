// os/recording_transport.h - writes down every request, and can make chosen ones fail.
//
// Contract   Without an inner transport every request is answered kNetwork, after it was written down.
//            Authorization is recorded as present, never with its value.
// Threads    share freely
#pragma once

#include <functional>
#include <mutex>
#include <optional>

#include "slipway/http.h"

namespace slipway::os {

struct RecordedRequest {
  std::string method{};
  std::string url{};
  bool authorized = false;
  std::uint64_t body_bytes = 0;
};

// What happens to a request instead of, or besides, being sent.
struct Mishap {
  enum class Kind { kNone, kNoAnswer, kLostReply, kStatus };
  Kind kind = Kind::kNone;
  int status = 0;  // of kStatus: answered without being sent
  std::string body{};
  Headers headers{};
};

class RecordingTransport : public HttpTransport {
 public:
  using Script = std::function<Mishap(const HttpRequest&, std::size_t index)>;

  explicit RecordingTransport(HttpTransport* inner = nullptr) : inner_(inner) {}
  Result<HttpResponse> send(const HttpRequest& request, const ReplySink& sink) override;

  void set_script(Script script);
  std::vector<RecordedRequest> requests() const;
  std::size_t count(std::string_view method, std::string_view url_part = "") const;
  void clear();

 private:
  Mishap record(const HttpRequest& request);

  HttpTransport* inner_;
  Script script_{};
  mutable std::mutex mutex_{};
  std::vector<RecordedRequest> requests_{};
};

}  // namespace slipway::os
