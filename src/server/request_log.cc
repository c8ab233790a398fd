#include "server/request_log.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/hash.h"
#include "os/path.h"

namespace slipway::server {
namespace {

constexpr std::size_t kBodyTextBytesMax = 64u << 10;
constexpr std::array<std::string_view, 3> kSecretHeaders = {"Authorization", "Cookie", "Proxy-Authorization"};

bool is_text(const os::RequestHead& head) {
  const std::string type = head.headers.find("Content-Type").value_or("");
  return type.find("json") != std::string::npos || type.find("x-www-form-urlencoded") != std::string::npos;
}

os::Headers without_secrets(os::Headers headers) {
  for (const std::string_view name : kSecretHeaders) {
    const auto value = headers.find(name);
    if (value) headers.set(name, value->substr(0, value->find(' ')) + " ***");
  }
  return headers;
}

class SeenBody : public os::BodyReader {
 public:
  SeenBody(os::BodyReader& inner, bool keep_text) : inner_(inner), keep_text_(keep_text) {}

  Result<std::size_t> read(MutableBytes out) override {
    SLIPWAY_ASSIGN(const std::size_t got, inner_.read(out));
    digest_.update(Bytes(out).first(got));
    size_ += got;
    if (keep_text_ && size_ <= kBodyTextBytesMax) text_.append(as_text(Bytes(out).first(got)));
    return got;
  }

  void write_into(RequestRecord& record) {
    record.body_bytes = size_;
    record.body_sha256 = digest_.finish_hex();
    if (keep_text_ && size_ > 0 && size_ <= kBodyTextBytesMax && is_utf8(text_))
      record.body = std::move(text_);
  }

 private:
  os::BodyReader& inner_;
  bool keep_text_;
  Sha256 digest_{};
  std::uint64_t size_ = 0;
  std::string text_{};
};

class SeenReply : public os::ResponseWriter {
 public:
  SeenReply(os::ResponseWriter& inner, RequestRecord& record) : inner_(inner), record_(record) {}

  Result<void> begin(int status, const os::Headers& headers, std::optional<std::uint64_t> length) override {
    record_.status = status;
    return inner_.begin(status, headers, length);
  }
  Result<void> write(Bytes bytes) override { return inner_.write(bytes); }
  void cut() override {
    record_.cut = true;
    inner_.cut();
  }

 private:
  os::ResponseWriter& inner_;
  RequestRecord& record_;
};

std::string printable(const std::string& text) {
  return is_utf8(text) ? text : percent_encode(text, "/?&=:;, ");
}

}  // namespace

json::Value record_json(const RequestRecord& record) {
  json::Value headers = json::Value::array();
  for (const auto& [name, value] : record.headers.rows())
    headers.push_back(json::Value::array({printable(name), printable(value)}));
  json::Value row = json::Value::object({{"method", printable(record.method)},
                                         {"target", printable(record.target)},
                                         {"headers", std::move(headers)},
                                         {"body_bytes", record.body_bytes},
                                         {"body_sha256", record.body_sha256},
                                         {"status", record.status},
                                         {"cut", record.cut}});
  if (record.body) row.set("body", *record.body);
  return row;
}

void RecordingHandler::handle(const os::RequestHead& head, os::BodyReader& body,
                              os::ResponseWriter& response) {
  RequestRecord record{
      .method = head.method, .target = head.target, .headers = without_secrets(head.headers)};
  SeenBody seen(body, is_text(head));
  SeenReply reply(response, record);
  inner_.handle(head, seen, reply);
  seen.write_into(record);
  keep_(record);
}

Result<std::unique_ptr<RequestFile>> RequestFile::open(os::FileSystem& files, const os::Path& path) {
  SLIPWAY_ASSIGN(const bool there, os::exists(files, path));
  std::uint64_t size = 0;
  if (there) {
    SLIPWAY_ASSIGN(const os::FileStat stat, files.stat(path));
    size = stat.size_bytes;
  }
  SLIPWAY_ASSIGN(auto file, there ? files.open_write(path) : files.create_new(path));
  return std::unique_ptr<RequestFile>(new RequestFile(std::move(file), size));
}

void RequestFile::add(const RequestRecord& record) {
  const std::string line = json::print_compact(record_json(record)) + "\n";
  const std::scoped_lock hold(mutex_);
  if (file_->write_at(size_, as_bytes(line))) size_ += line.size();
}

}  // namespace slipway::server
