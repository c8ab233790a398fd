// hub/multipart_test_support.h - a Hub's batch and storage that take objects in parts, for tests.
//
// Contract   Parts go to /part/N?uploadId=U&sig=S, are joined at /join, and the object is then stored. What
//            the test sets goes wrong on purpose.
// Threads    share freely
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "slipway/http.h"
#include "slipway/json.h"

namespace slipway::hub {

class PartStorage : public os::HttpHandler {
 public:
  struct Seen {
    std::string method, target;
    os::Headers headers;
    std::string body;
  };
  // An answer instead of the storage's own; 0 lets it be.
  using Trouble = std::function<int(const Seen&)>;

  void handle(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& out) override {
    Seen seen{head.method, head.target, head.headers, ""};
    ByteVector piece(1 << 16);
    while (true) {
      const auto got = body.read(piece);
      if (!got || *got == 0) break;
      seen.body.append(as_text(Bytes(piece).first(*got)));
    }
    enter();
    answer(seen, out);
    const std::scoped_lock hold(mutex);
    --in_work;
  }

  std::size_t count(std::string_view method, std::string_view part) const {
    return static_cast<std::size_t>(std::ranges::count_if(log, [&](const Seen& seen) {
      return seen.method == method && seen.target.find(part) != std::string::npos;
    }));
  }
  std::string joined() const {
    std::string whole;
    for (const auto& [number, bytes] : parts) whole += bytes;
    return whole;
  }

  mutable std::mutex mutex{};
  std::string origin = "http://hub.test";
  std::uint64_t chunk_bytes = 4;  // 0: basic
  std::uint64_t size = 0;         // of the one object
  std::string upload = "U1";
  std::string extra{};  // further members of the upload action
  bool verify = true;
  Trouble trouble{};
  bool stored = false;
  std::vector<Seen> log{};
  std::map<std::uint64_t, std::string> parts{};
  std::size_t in_work = 0, in_work_max = 0;

 private:
  void enter() {
    const std::scoped_lock hold(mutex);
    in_work_max = std::max(in_work_max, ++in_work);
  }

  void answer(const Seen& seen, os::ResponseWriter& out) {
    std::string text;
    os::Headers headers;
    int status = 0;
    {
      const std::scoped_lock hold(mutex);
      log.push_back(seen);
      status = trouble ? trouble(seen) : 0;
      if (status == 0) status = serve(seen, headers, text);
    }
    if (status == 307) headers.add("Location", origin + "/moved" + seen.target);
    (void)out.begin(status, headers, text.size());
    (void)out.write(as_bytes(text));
  }

  int serve(const Seen& seen, os::Headers& headers, std::string& text) {
    if (seen.target.ends_with("/objects/batch")) {
      text = batch(seen);
      return 200;
    }
    std::string_view path = seen.target;
    if (path.starts_with("/moved")) path.remove_prefix(6);
    if (path.starts_with("/part/")) {
      if (path.find("uploadId=" + upload) == std::string_view::npos) return 403;
      const std::uint64_t number = std::stoull(std::string(path.substr(6)));
      parts[number] = seen.body;
      headers.add("ETag", fmt::format("\"{}-{}\"", upload, number));
      return 200;
    }
    if (path.starts_with("/put")) parts = {{1, seen.body}};
    if (path.starts_with("/join") && seen.body.find(upload) == std::string::npos) return 400;
    stored = true;
    return 200;
  }

  std::string batch(const Seen& seen) const {
    const auto asked = json::parse(seen.body).value();
    const std::string oid = asked.find("objects")->items()[0].find("oid")->string();
    if (stored) return fmt::format(R"({{"objects":[{{"oid":"{}","size":{}}}]}})", oid, size);
    std::string header;
    if (chunk_bytes > 0) {
      header = fmt::format(R"("chunk_size":"{}")", chunk_bytes);
      for (std::uint64_t n = 1; (n - 1) * chunk_bytes < size; ++n)
        header += fmt::format(R"(,"{:05}":"{}/part/{}?uploadId={}&X-Amz-Signature={}")", n, origin, n, upload,
                              log.size());
    }
    return fmt::format(
        R"({{"objects":[{{"oid":"{}","size":{},"actions":{{"upload":{{"href":"{}/{}","header":{{{}}}{}}}{}}}}}]}})",
        oid, size, origin, chunk_bytes > 0 ? "join" : "put?X-Amz-Signature=s", header, extra,
        verify ? fmt::format(R"(,"verify":{{"href":"{}/verify"}})", origin) : "");
  }
};

}  // namespace slipway::hub
