// server/request_log.h - writes down every request that a handler answers. For tests.
//
// Contract   One record a request, given once it is answered. A token is never in it: the values of
//            Authorization and Cookie are replaced. Only what the handler read of a body counts.
// Limits     the text of a body: JSON and forms up to 64 KiB; longer ones give size and SHA-256 alone
// Threads    share freely; the file takes one record at a time
// Errors     open(): kIo
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "slipway/file_system.h"
#include "slipway/http.h"
#include "slipway/json.h"

namespace slipway::server {

struct RequestRecord {
  std::string method{};
  std::string target{};
  os::Headers headers{};
  std::uint64_t body_bytes = 0;
  std::string body_sha256{};
  std::optional<std::string> body{};
  int status = 0;    // 0: no reply was begun
  bool cut = false;  // the connection was ended
};
json::Value record_json(const RequestRecord& record);

class RecordingHandler : public os::HttpHandler {
 public:
  using Keep = std::function<void(const RequestRecord&)>;
  RecordingHandler(os::HttpHandler& inner, Keep keep) : inner_(inner), keep_(std::move(keep)) {}
  void handle(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& response) override;

 private:
  os::HttpHandler& inner_;
  Keep keep_;
};

// A file of JSON lines; what it holds stays.
class RequestFile {
 public:
  static Result<std::unique_ptr<RequestFile>> open(os::FileSystem& files, const os::Path& path);
  void add(const RequestRecord& record);  // a record that cannot be written is dropped

 private:
  RequestFile(std::unique_ptr<os::WriteFile> file, std::uint64_t size)
      : file_(std::move(file)), size_(size) {}

  std::mutex mutex_{};
  std::unique_ptr<os::WriteFile> file_;
  std::uint64_t size_;
};

}  // namespace slipway::server
