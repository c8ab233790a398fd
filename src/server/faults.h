// server/faults.h - faults on demand, for tests: which requests to spoil, and how. Values and a matcher only.
//
// Contract   Rules are tried in order; the first that matches and is due takes the request. A rule lets
//            `skip` matching requests pass, then acts `times` times. kCount only counts.
//            docs/testing.md has the form of the file.
// Limits     text 1 MiB, 1,000 rules, waits of at most an hour
// Errors     kInvalidArgument naming the rule and its member
// Threads    FaultPlan: share freely; else values
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "slipway/http.h"
#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::server {

enum class FaultKind : std::uint8_t {
  kAnswer,         // status, headers, body instead of the Hub's own
  kCutReply,       // ends the connection after `bytes` of the reply's body
  kCutBeforeBody,  // ends it before the request's body is read
  kCutRequest,     // ends it after `bytes` of the request's body were read
  kDelay,          // waits `seconds`, then all is as usual
  kLoseReply,      // the Hub does its work, nobody hears of it
  kStall,          // says nothing for `seconds` after `bytes` of the reply's body, then ends the connection
  kCorrupt,        // turns the reply's byte number `bytes` round
  kExpire,         // what an upload address says that has expired
  kCount,          // nothing
};

struct FaultMatch {  // an empty member matches everything
  std::string method{};
  std::string target{};  // glob over the path and the query, "/api/models/*/commit/*"
  std::string header{};
  std::string header_value{};  // glob
  std::string oid{};           // SHA-256 of an object that the request is about
};

struct Fault {
  std::string name{};
  FaultMatch match{};
  std::uint64_t skip = 0;
  std::uint64_t times = 1;
  FaultKind kind = FaultKind::kCount;
  int status = 503;
  os::Headers headers{};
  std::string body{};
  std::uint64_t bytes = 0;
  os::Millis wait{0};
};

struct FaultCount {
  std::string name{};
  std::uint64_t matched = 0;
  std::uint64_t fired = 0;
};

Result<std::vector<Fault>> read_faults(std::string_view text);

// Whether a rule means this request, given the objects that it is about.
bool fault_matches(const FaultMatch& match, const os::RequestHead& head, std::span<const std::string> oids);
// The SHA-256 sums of a target's path, and of a body's "oid" members and lines.
std::vector<std::string> oids_of_target(std::string_view target);
std::vector<std::string> oids_of_body(std::string_view body);

class FaultPlan {
 public:
  explicit FaultPlan(std::vector<Fault> rules);

  // Rules with an oid are asked together with the others, or alone once a reply names its object.
  enum class Ask : std::uint8_t { kAll, kWithoutOid, kWithOid };
  std::optional<Fault> take(const os::RequestHead& head, std::span<const std::string> oids, Ask ask);
  bool any_with_oid(const os::RequestHead& head) const;  // but for the oid, such a rule would match
  std::vector<FaultCount> counts() const;

 private:
  bool is_due(std::size_t rule, const os::RequestHead& head, std::span<const std::string> oids);

  std::vector<Fault> rules_;
  mutable std::mutex mutex_{};
  std::vector<FaultCount> counts_{};
};

}  // namespace slipway::server
