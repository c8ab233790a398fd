#include "os/curl_transport.h"

#include <curl/curl.h>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include <fmt/format.h>

#include "os/network_settings.h"
#include "os/redirect.h"

namespace slipway::os {
namespace {

constexpr std::size_t kHandlesKeptMax = 16;
constexpr std::size_t kUrlBytesMax = 1u << 20;
constexpr std::size_t kHeaderBytesMax = 256u << 10;
constexpr long kSendBytes = 256L << 10;
constexpr long kReceiveBytes = 512L << 10;
constexpr int kProxyWantsPassword = 407;

bool is_folder(const std::string& path) {
  struct stat about{};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

// A value from outside can neither begin another header nor break a message's line.
std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return line;
}

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using List = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// One request on its way: what curl's callbacks see.
class Exchange {
 public:
  Exchange(CURL* handle, const HttpRequest& request, const ReplySink& sink, const Executor& executor,
           const NetworkSettings& settings, const std::optional<std::string>& system_authorities)
      : handle_(handle),
        request_(request),
        sink_(sink),
        executor_(executor),
        settings_(settings),
        system_authorities_(system_authorities) {}

  Result<HttpResponse> run() {
    set_up();
    const CURLcode code = curl_easy_perform(handle_);
    if (failure_) return std::unexpected(std::move(*failure_));
    if (code != CURLE_OK) return std::unexpected(explain(code));
    SLIPWAY_TRY(announce_head());
    return std::move(response_);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    SLIPWAY_CHECK(curl_easy_setopt(handle_, option, value) == CURLE_OK);
  }

  void set_up() {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_BUFFERSIZE, kReceiveBytes);
    set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBytes);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME,
        static_cast<long>(std::max<std::int64_t>(1, request_.stall_timeout.count() / 1000)));
    // On a connection that it kept, curl sends a request again when no answer comes: not knowing whether the
    // server did what it was told.
    if (request_.once) set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_ERRORBUFFER, reason_.data());
    set_authorities();
    set_proxy();
    set_method();
    set_headers();
    set_callbacks();
  }

  void set_authorities() {
    const auto& authorities = settings_.authorities ? settings_.authorities : system_authorities_;
    if (!authorities) return;
    const char* path = authorities->c_str();
    const bool folder = is_folder(*authorities);
    set(folder ? CURLOPT_CAPATH : CURLOPT_CAINFO, path);
    set(folder ? CURLOPT_PROXY_CAPATH : CURLOPT_PROXY_CAINFO, path);
  }

  // Always set, also to none, so that curl does not read the environment by itself.
  void set_proxy() {
    const auto& proxy = settings_.proxy_for(request_.url);
    set(CURLOPT_PROXY, proxy ? proxy->c_str() : "");
    set(CURLOPT_NOPROXY, settings_.no_proxy.c_str());
    // What goes to a proxy to open a tunnel is its own: no header of ours, so no token.
    set(CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  }

  void set_method() {
    if (request_.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
      return;
    }
    if (request_.body) {
      set(CURLOPT_UPLOAD, 1L);
      set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request_.body->size_bytes()));
    } else if (request_.method != "GET") {
      set(CURLOPT_POSTFIELDSIZE, 0L);
      set(CURLOPT_POST, 1L);
    }
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }

  void append_header(const std::string& line) {
    curl_slist* grown = curl_slist_append(headers_.get(), line.c_str());
    SLIPWAY_CHECK(grown != nullptr);
    (void)headers_.release();
    headers_.reset(grown);
  }

  void set_headers() {
    for (const auto& [name, value] : request_.headers.rows())
      append_header(one_line(fmt::format("{}: {}", name, value)));
    append_header("Expect:");
    if (!request_.headers.contains("Content-Type")) append_header("Content-Type:");
    set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void set_callbacks() {
    set(CURLOPT_READFUNCTION, &Exchange::on_read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_SEEKFUNCTION, &Exchange::on_seek);
    set(CURLOPT_SEEKDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Exchange::on_write);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Exchange::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &Exchange::on_progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
  }

  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<Exchange*>(self);
    const std::uint64_t left = me.request_.body->size_bytes() - me.sent_;
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(left, size * count));
    auto done = me.request_.body->read(me.sent_, {reinterpret_cast<std::byte*>(out), part});
    if (!done) {
      me.failure_ = std::move(done).error();
      return CURL_READFUNC_ABORT;
    }
    me.sent_ += part;
    return part;
  }

  static int on_seek(void* self, curl_off_t offset, int origin) {
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
    static_cast<Exchange*>(self)->sent_ = static_cast<std::uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
  }

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    static_cast<Exchange*>(self)->header_line({data, size * count});
    return static_cast<Exchange*>(self)->failure_ ? 0 : size * count;
  }

  void header_line(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kHeaderBytesMax) {
      failure_ = Error{
          .code = ErrorCode::kProtocol,
          .message = fmt::format("{} answered with more than {} bytes of headers", host(), kHeaderBytesMax)};
      return;
    }
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
      response_ = {};
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    response_.headers.add(std::string(line.substr(0, colon)), std::string(value));
  }

  static std::size_t on_write(char* data, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<Exchange*>(self);
    const Bytes bytes{reinterpret_cast<const std::byte*>(data), size * count};
    auto done = me.announce_head();
    if (done && me.sink_.body) done = me.sink_.body(bytes);
    if (done) return bytes.size();
    me.failure_ = std::move(done).error();
    return 0;
  }

  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& me = *static_cast<Exchange*>(self);
    if (!me.executor_.interrupted()) return 0;
    me.failure_ =
        Error{.code = ErrorCode::kInterrupted, .message = "stopped; run the same command again to go on"};
    return 1;
  }

  // Once the status is known: before the first byte of the body, or at the end when there is none.
  Result<void> announce_head() {
    if (announced_) return {};
    announced_ = true;
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    response_.final_url = request_.url;
    if (status == kProxyWantsPassword && settings_.proxy_for(request_.url))
      return std::unexpected(proxy_refuses(status));
    return sink_.head ? sink_.head(response_) : Result<void>{};
  }

  std::string host() const { return one_line(origin_of(request_.url)); }

  Error proxy_refuses(long status) const {
    const std::string proxy = without_credentials(settings_.proxy_for(request_.url).value_or(""));
    if (status == kProxyWantsPassword) {
      return {.code = ErrorCode::kRefused,
              .message = fmt::format("the proxy {} wants another name and password ({}); write them into "
                                     "HTTPS_PROXY or HTTP_PROXY as http://NAME:PASSWORD@HOST:PORT",
                                     proxy, status)};
    }
    if (status < 500) {
      return {.code = ErrorCode::kRefused,
              .message = fmt::format("the proxy {} does not let through to {} ({}); ask for it, or name the "
                                     "host in NO_PROXY",
                                     proxy, host(), status)};
    }
    return {
        .code = ErrorCode::kNetwork,
        .message = fmt::format("the proxy {} does not reach {} ({}); run again later", proxy, host(), status),
        .os_error = ENOTCONN};
  }

  // Whether the request cannot have reached the server.
  bool unsent(CURLcode code) const {
    long bytes = 0;
    curl_easy_getinfo(handle_, CURLINFO_REQUEST_SIZE, &bytes);
    return bytes == 0 || code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
           code == CURLE_COULDNT_CONNECT || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PROXY;
  }

  Error explain(CURLcode code) const {
    const std::string why = reason_[0] != '\0' ? reason_.data() : curl_easy_strerror(code);
    long connect_status = 0;
    curl_easy_getinfo(handle_, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    if (connect_status >= 300) return proxy_refuses(connect_status);
    if (code == CURLE_SSL_CACERT_BADFILE && settings_.authorities) {
      return {.code = ErrorCode::kRefused,
              .message = fmt::format("{} names {}, which cannot be read as certificates; correct or unset it",
                                     settings_.authorities_from, *settings_.authorities)};
    }
    if (code == CURLE_SSL_CACERT_BADFILE && !system_authorities_) {
      return {.code = ErrorCode::kRefused,
              .message = fmt::format(
                  "this system has no file of certificate authorities to know {} by ({} and the other usual "
                  "places); install ca-certificates, or name a file in SSL_CERT_FILE",
                  host(), kUsualAuthorities)};
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
      return {.code = ErrorCode::kRefused,
              .message = fmt::format(
                  "{} shows a certificate of an unknown authority ({}); name its file in SSL_CERT_FILE",
                  host(), why)};
    }
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
      return {.code = ErrorCode::kInvalidArgument,
              .message = fmt::format("'{}' is no http or https address", one_line(request_.url))};
    }
    return {
        .code = ErrorCode::kNetwork,
        .message = fmt::format(
            "no whole answer from {} ({}); check the address and the network, then run again", host(), why),
        .os_error = unsent(code) ? ENOTCONN : 0};
  }

  CURL* handle_;
  const HttpRequest& request_;
  const ReplySink& sink_;
  const Executor& executor_;
  const NetworkSettings& settings_;
  const std::optional<std::string>& system_authorities_;
  List headers_{nullptr, &curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> reason_{};
  std::uint64_t sent_ = 0;
  std::size_t header_bytes_ = 0;
  bool announced_ = false;
  HttpResponse response_{};
  std::optional<Error> failure_{};
};

}  // namespace

// Handles keep their connections, so that the next request to the same host is quick.
class CurlTransport::Pool {
 public:
  Pool(const Executor& executor, const Environment& environment)
      : executor_(executor), settings_(network_settings(environment)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
  }

  Result<HttpResponse> send(const HttpRequest& request, const ReplySink& sink) {
    Handle handle = take();
    auto response = Exchange(handle.get(), request, sink, executor_, settings_, system_authorities_).run();
    if (!response) return response;  // nor is the handle kept: it may take no settings any more
    curl_easy_reset(handle.get());
    const std::scoped_lock hold(mutex_);
    if (free_.size() < kHandlesKeptMax) free_.push_back(std::move(handle));
    return response;
  }

 private:
  Handle take() {
    const std::scoped_lock hold(mutex_);
    if (free_.empty()) {
      Handle made(curl_easy_init(), &curl_easy_cleanup);
      SLIPWAY_CHECK(made);
      return made;
    }
    Handle handle = std::move(free_.back());
    free_.pop_back();
    return handle;
  }

  const Executor& executor_;
  NetworkSettings settings_;
  const std::optional<std::string> system_authorities_ = system_authorities();
  std::mutex mutex_{};
  std::vector<Handle> free_{};
};

CurlTransport::CurlTransport(const Executor& executor, const Environment& environment)
    : pool_(std::make_unique<Pool>(executor, environment)) {}
CurlTransport::~CurlTransport() = default;

Result<HttpResponse> CurlTransport::send(const HttpRequest& request, const ReplySink& sink) {
  if (request.url.size() > kUrlBytesMax) {
    return fail(ErrorCode::kProtocol, fmt::format("an address at {} has {} bytes, more than are sent",
                                                  origin_of(request.url), request.url.size()));
  }
  HttpRequest current = request;
  for (int hop = 0; hop <= kRedirectsMax; ++hop) {
    bool redirected = false;
    RedirectBody dropped;
    const ReplySink hop_sink{.head = [&](const HttpResponse& head) -> Result<void> {
                               redirected = next_request(current, head).has_value();
                               return redirected || !sink.head ? Result<void>{} : sink.head(head);
                             },
                             .body = [&](Bytes bytes) -> Result<void> {
                               if (redirected) return dropped.drop(bytes, current.url);
                               return sink.body ? sink.body(bytes) : Result<void>{};
                             }};
    SLIPWAY_ASSIGN(HttpResponse response, pool_->send(current, hop_sink));
    auto next = next_request(current, response);
    if (!next) return response;
    current = std::move(*next);
  }
  return fail(ErrorCode::kProtocol,
              fmt::format("{} redirects more than {} times", request.url, kRedirectsMax));
}

}  // namespace slipway::os
