// hub serve and hub token.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/size_text.h"
#include "cli/session.h"
#include "os/path.h"
#include "server/faulty_handler.h"
#include "server/hub_server.h"
#include "server/request_log.h"

namespace slipway::cli {
namespace {

constexpr std::uint64_t kPortDefault = 8080;
constexpr std::uint64_t kPortMax = 65535;
constexpr os::Millis kServeTick{200};
constexpr std::uint64_t kFaultsBytesMax = 1u << 20;
constexpr std::uint64_t kLifetimeMax = 365 * 86400;

Result<os::Path> root_of(const Session& session) {
  if (session.arguments.has("root")) return session.arguments.value("root");
  return fail(ErrorCode::kInvalidArgument, "--root DIR says where the embedded Hub keeps everything");
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// Other hosts may come in only with tokens; without TLS that must be said aloud.
Result<void> check_host(Session& session, const os::Path& root, const std::string& host) {
  if (is_loopback(host)) return {};
  SLIPWAY_ASSIGN(const auto tokens, server::list_tokens(session.world, root));
  if (tokens.empty()) {
    return fail(
        ErrorCode::kRefused,
        fmt::format("without tokens everyone could write: make one with `slipway hub token create --root {} "
                    "--user NAME --role write` before listening on {}",
                    root, host));
  }
  if (session.arguments.has("insecure-http")) return {};
  return fail(
      ErrorCode::kRefused,
      fmt::format(
          "tokens would travel in clear on {}: put a TLS proxy before 127.0.0.1, or say --insecure-http",
          host));
}

Result<std::uint64_t> size_of(const Arguments& a, std::string_view flag, std::uint64_t fallback) {
  if (!a.has(flag)) return fallback;
  SLIPWAY_ASSIGN_WITHIN(const std::uint64_t size, fmt::format("--{}", flag), parse_size(a.value(flag)));
  if (size > 0) return size;
  return fail(ErrorCode::kInvalidArgument, fmt::format("--{} must be at least one byte", flag));
}

Result<server::ServerOptions> server_options(const Session& session) {
  const Arguments& a = session.arguments;
  server::ServerOptions options{.no_limits = a.has("no-limits")};
  SLIPWAY_ASSIGN(options.root, root_of(session));
  SLIPWAY_ASSIGN(options.multipart_from, size_of(a, "multipart-from", options.multipart_from));
  SLIPWAY_ASSIGN(options.multipart_part, size_of(a, "multipart-part", options.multipart_part));
  SLIPWAY_ASSIGN(
      const std::uint64_t seconds,
      a.number("upload-lifetime", static_cast<std::uint64_t>(options.upload_seconds), kLifetimeMax));
  options.upload_seconds = static_cast<std::int64_t>(seconds);
  return options;
}

// The Hub, with what tests put before it: faults, and outermost the log of requests.
class Front {
 public:
  static Result<std::unique_ptr<Front>> open(Session& session, os::HttpHandler& hub) {
    auto front = std::make_unique<Front>();
    front->handler_ = &hub;
    const Arguments& a = session.arguments;
    if (a.has("faults")) {
      SLIPWAY_ASSIGN(const std::string text,
                     os::read_file(session.world.files, a.value("faults"), kFaultsBytesMax));
      SLIPWAY_ASSIGN(auto rules, server::read_faults(text));
      front->faults_.emplace(session.world.executor, hub, std::move(rules));
      front->handler_ = &*front->faults_;
    }
    if (a.has("record")) {
      SLIPWAY_ASSIGN(front->file_, server::RequestFile::open(session.world.files, a.value("record")));
      front->log_.emplace(*front->handler_, [file = front->file_.get()](const auto& row) { file->add(row); });
      front->handler_ = &*front->log_;
    }
    return front;
  }

  os::HttpHandler& handler() { return *handler_; }

  json::Value counts() const {
    json::Value rows = json::Value::array();
    for (const server::FaultCount& count : faults_ ? faults_->counts() : std::vector<server::FaultCount>{}) {
      rows.push_back(
          json::Value::object({{"name", count.name}, {"matched", count.matched}, {"fired", count.fired}}));
    }
    return rows;
  }

 private:
  os::HttpHandler* handler_ = nullptr;
  std::optional<server::FaultyHandler> faults_{};
  std::unique_ptr<server::RequestFile> file_{};
  std::optional<server::RecordingHandler> log_{};
};

}  // namespace

Result<void> run_serve(Session& session) {
  const Arguments& a = session.arguments;
  SLIPWAY_ASSIGN(const server::ServerOptions options, server_options(session));
  SLIPWAY_ASSIGN(const std::uint64_t port, a.number("port", kPortDefault, kPortMax));
  const std::string host = a.value("host", "127.0.0.1");
  SLIPWAY_ASSIGN(const auto hub, server::HubServer::open(session.world, options));
  SLIPWAY_TRY(check_host(session, options.root, host));
  SLIPWAY_ASSIGN(const auto front, Front::open(session, *hub));
  SLIPWAY_ASSIGN(const auto listener,
                 os::listen_http({.host = host, .port = static_cast<std::uint16_t>(port)}, front->handler()));
  const std::string endpoint = fmt::format("http://{}:{}", host, listener->port());
  session.output.line(json::Value::object({{"type", "ready"}, {"endpoint", endpoint}}));
  session.output.print(fmt::format("listening on {}", endpoint));
  while (!session.world.executor.interrupted()) session.world.executor.sleep(kServeTick);
  listener->stop();
  json::Value result = json::Value::object({{"endpoint", endpoint}});
  if (a.has("faults")) result.set("faults", front->counts());
  session.output.result(std::move(result));
  session.output.say("stopped");
  return {};
}

Result<void> run_token_create(Session& session) {
  const Arguments& a = session.arguments;
  SLIPWAY_ASSIGN(const os::Path root, root_of(session));
  const server::TokenRequest request{
      .user = a.value("user"), .role = a.value("role", "read"), .namespaces = a.all("namespace")};
  if (request.user.empty()) return fail(ErrorCode::kInvalidArgument, "--user NAME says whose token it is");
  SLIPWAY_ASSIGN(const std::string token, server::create_token(session.world, root, request));
  session.output.result(
      json::Value::object({{"token", token}, {"user", request.user}, {"role", request.role}}));
  session.output.print(token);
  session.output.say("this token is shown once; it is stored hashed");
  return {};
}

Result<void> run_token_list(Session& session) {
  SLIPWAY_ASSIGN(const os::Path root, root_of(session));
  SLIPWAY_ASSIGN(const auto rows, server::list_tokens(session.world, root));
  json::Value tokens = json::Value::array();
  for (const server::TokenRow& row : rows) {
    json::Value namespaces = json::Value::array();
    for (const std::string& name : row.namespaces) namespaces.push_back(name);
    tokens.push_back(json::Value::object({{"id", row.id},
                                          {"user", row.user},
                                          {"role", row.role},
                                          {"namespaces", std::move(namespaces)},
                                          {"created", row.created}}));
    session.output.print(fmt::format("{}  {}  {}  {}  {}", row.id, row.user, row.role,
                                     fmt::join(row.namespaces, ","), row.created));
  }
  session.output.result(json::Value::object({{"tokens", std::move(tokens)}}));
  return {};
}

Result<void> run_token_revoke(Session& session) {
  SLIPWAY_ASSIGN(const os::Path root, root_of(session));
  const std::string& id = session.arguments.positionals.front();
  SLIPWAY_TRY(server::revoke_token(session.world, root, id));
  session.output.result(json::Value::object({{"id", id}}));
  session.output.say(fmt::format("revoked {}", id));
  return {};
}

}  // namespace slipway::cli
