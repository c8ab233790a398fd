// hub/client_test_support.h - a client whose requests are answered from a list, for tests.
//
// Threads    one thread
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "hub/client.h"
#include "os/recording_transport.h"
#include "os/redirect.h"
#include "os/test_world.h"

namespace slipway::hub {

using os::Mishap;

// Answers from a list, one a request; the last one stays.
class Scripted {
 public:
  explicit Scripted(std::vector<Mishap> answers, std::string endpoint = "https://hub.test",
                    std::string token = "hf_secret")
      : answers_(std::move(answers)),
        client_(world_, {.endpoint = std::move(endpoint),
                         .token = Secret(std::move(token)),
                         .user_agent = "slipway/test"}) {
    parts_.transport.set_script([this](const os::HttpRequest& request, std::size_t index) {
      last_ = request;
      bodies_.push_back(body_text(request));
      return answers_[std::min(index, answers_.size() - 1)];
    });
  }
  Client& client() { return client_; }
  std::size_t requests() const { return parts_.transport.requests().size(); }
  const std::vector<os::Millis>& waits() const { return parts_.executor.sleeps(); }
  const os::HttpRequest& last() const { return last_; }
  const os::RecordingTransport& transport() const { return parts_.transport; }
  // What was sent as request `index`: "POST /api/..", and its body.
  std::string line(std::size_t index) const {
    const os::RecordedRequest sent = parts_.transport.requests().at(index);
    return sent.method + " " + sent.url.substr(os::origin_of(sent.url).size());
  }
  const std::string& body(std::size_t index) const { return bodies_.at(index); }
  os::TestWorld& parts() { return parts_; }

 private:
  os::TestWorld parts_;
  os::World world_ = parts_.world();
  std::vector<Mishap> answers_;
  static std::string body_text(const os::HttpRequest& request) {
    if (!request.body) return "";
    std::string text(request.body->size_bytes(), '\0');
    (void)request.body->read(0, {reinterpret_cast<std::byte*>(text.data()), text.size()}).has_value();
    return text;
  }

  os::HttpRequest last_;
  std::vector<std::string> bodies_{};
  Client client_;
};

inline Mishap answer(int status, std::string body = "{}", os::Headers headers = {}) {
  return {.kind = Mishap::Kind::kStatus,
          .status = status,
          .body = std::move(body),
          .headers = std::move(headers)};
}
inline const Mishap kNoAnswer{.kind = Mishap::Kind::kNoAnswer};
inline const wire::RepoId kRepo{"me", "tiny"};

}  // namespace slipway::hub
