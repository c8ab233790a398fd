#include "server/faulty_handler.h"

#include <algorithm>

#include "server/exchange.h"

namespace slipway::server {
namespace {

constexpr std::size_t kHeldBodyBytesMax = 64u << 20;
constexpr std::size_t kPieceBytes = 64u << 10;

std::unexpected<Error> gone() { return fail(ErrorCode::kNetwork, "the client is gone (a fault on demand)"); }

// What was read ahead, then the rest.
class HeldBody : public os::BodyReader {
 public:
  explicit HeldBody(os::BodyReader& rest) : rest_(rest) {}

  Result<void> hold() {
    ByteVector piece(kPieceBytes);
    while (held_.size() < kHeldBodyBytesMax) {
      SLIPWAY_ASSIGN(const std::size_t got, rest_.read(piece));
      if (got == 0) return {};
      held_.append(as_text(Bytes(piece).first(got)));
    }
    return {};
  }
  std::string_view held() const { return held_; }

  Result<std::size_t> read(MutableBytes out) override {
    if (given_ == held_.size()) return rest_.read(out);
    const std::size_t part = std::min(out.size(), held_.size() - given_);
    std::ranges::copy(as_bytes(std::string_view(held_).substr(given_, part)), out.begin());
    given_ += part;
    return part;
  }

 private:
  os::BodyReader& rest_;
  std::string held_{};
  std::size_t given_ = 0;
};

class CutBody : public os::BodyReader {
 public:
  CutBody(os::BodyReader& inner, std::uint64_t bytes) : inner_(inner), left_(bytes) {}

  Result<std::size_t> read(MutableBytes out) override {
    if (left_ == 0) return gone();
    SLIPWAY_ASSIGN(
        const std::size_t got,
        inner_.read(out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_)))));
    left_ -= got;
    return got;
  }

 private:
  os::BodyReader& inner_;
  std::uint64_t left_;
};

class NobodyListens : public os::ResponseWriter {
 public:
  Result<void> begin(int, const os::Headers&, std::optional<std::uint64_t>) override { return {}; }
  Result<void> write(Bytes) override { return {}; }
};

void read_to_the_end(os::BodyReader& body) {
  ByteVector piece(kPieceBytes);
  while (body.read(piece).value_or(0) != 0) {
  }
}

void give(const Fault& fault, os::ResponseWriter& response) {
  const Refusal expired = expired_upload();
  const bool own = fault.kind == FaultKind::kAnswer;
  const std::string body =
      own ? fault.body : json::print_compact(json::Value::object({{"error", expired.message}}));
  os::Headers headers = own ? fault.headers : os::Headers{{"X-Error-Message", expired.message}};
  if (response.begin(own ? fault.status : expired.status, headers, body.size()))
    (void)response.write(as_bytes(body));
}

// Spoils a reply: by a fault that is known before it begins, or by one that its ETag makes due.
class SpoiledReply : public os::ResponseWriter {
 public:
  SpoiledReply(os::Executor& executor, os::ResponseWriter& inner) : executor_(executor), inner_(inner) {}

  void set(const Fault& fault) { fault_ = fault; }
  void watch(FaultPlan& plan, const os::RequestHead& head, std::vector<std::string> oids) {
    plan_ = &plan;
    head_ = &head;
    oids_ = std::move(oids);
  }

  Result<void> begin(int status, const os::Headers& headers, std::optional<std::uint64_t> length) override {
    if (plan_ != nullptr) look_at(headers);
    if (fault_ && !passes_the_head()) return over_ ? Result<void>(gone()) : Result<void>{};
    SLIPWAY_TRY(inner_.begin(status, headers, length));
    return fault_ && ends() && fault_->bytes == 0 ? end() : Result<void>{};
  }

  Result<void> write(Bytes bytes) override {
    if (over_) return gone();
    if (muted_) return {};
    const std::uint64_t begin = at_;
    at_ += bytes.size();
    if (!fault_ || fault_->bytes < begin || fault_->bytes >= at_) return inner_.write(bytes);
    const auto place = static_cast<std::size_t>(fault_->bytes - begin);
    if (fault_->kind == FaultKind::kCorrupt) {
      ByteVector turned(bytes.begin(), bytes.end());
      turned[place] = ~turned[place];
      return inner_.write(turned);
    }
    if (!ends()) return inner_.write(bytes);
    SLIPWAY_TRY(inner_.write(bytes.first(place)));
    return end();
  }

  void cut() override { inner_.cut(); }

 private:
  bool ends() const { return fault_->kind == FaultKind::kCutReply || fault_->kind == FaultKind::kStall; }

  Result<void> end() {
    if (fault_->kind == FaultKind::kStall) executor_.sleep(fault_->wait);
    inner_.cut();
    over_ = true;
    return gone();
  }

  void look_at(const os::Headers& headers) {
    for (const char* name : {"X-Linked-Etag", "ETag"}) {
      std::string value = headers.find(name).value_or("");
      std::erase(value, '"');
      oids_.push_back(std::move(value));
    }
    fault_ = plan_->take(*head_, oids_, FaultPlan::Ask::kWithOid);
    if (fault_ && fault_->kind == FaultKind::kDelay) executor_.sleep(fault_->wait);
  }

  // Whether the reply's own head is sent; else something else was, or nothing.
  bool passes_the_head() {
    switch (fault_->kind) {
      case FaultKind::kAnswer:
      case FaultKind::kExpire:
        give(*fault_, inner_);
        muted_ = true;
        return false;
      case FaultKind::kCutBeforeBody:
      case FaultKind::kCutRequest:
      case FaultKind::kLoseReply:
        inner_.cut();
        over_ = true;
        return false;
      default:
        return true;
    }
  }

  os::Executor& executor_;
  os::ResponseWriter& inner_;
  FaultPlan* plan_ = nullptr;
  const os::RequestHead* head_ = nullptr;
  std::vector<std::string> oids_{};
  std::optional<Fault> fault_{};
  std::uint64_t at_ = 0;
  bool muted_ = false;
  bool over_ = false;
};

bool holds_json(const os::RequestHead& head) {
  return head.headers.find("Content-Type").value_or("").find("json") != std::string::npos;
}

}  // namespace

void FaultyHandler::handle(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& response) {
  const bool reads = head.method == "GET" || head.method == "HEAD";
  std::vector<std::string> oids = oids_of_target(head.target);
  HeldBody held(body);
  if (!reads && holds_json(head) && plan_.any_with_oid(head)) {
    if (!held.hold()) return response.cut();
    const auto more = oids_of_body(held.held());
    oids.insert(oids.end(), more.begin(), more.end());
  }
  const auto fault = plan_.take(head, oids, reads ? FaultPlan::Ask::kWithoutOid : FaultPlan::Ask::kAll);
  if (fault) return spoil(*fault, head, held, response);
  if (!reads || !plan_.any_with_oid(head)) return inner_.handle(head, held, response);
  SpoiledReply watched(executor_, response);
  watched.watch(plan_, head, std::move(oids));
  inner_.handle(head, held, watched);
}

void FaultyHandler::spoil(const Fault& fault, const os::RequestHead& head, os::BodyReader& body,
                          os::ResponseWriter& response) {
  NobodyListens nobody;
  switch (fault.kind) {
    case FaultKind::kAnswer:
    case FaultKind::kExpire:
      read_to_the_end(body);
      return give(fault, response);
    case FaultKind::kCutBeforeBody:
      return response.cut();
    case FaultKind::kCutRequest: {
      CutBody part(body, fault.bytes);
      inner_.handle(head, part, nobody);
      return response.cut();
    }
    case FaultKind::kLoseReply:
      inner_.handle(head, body, nobody);
      return response.cut();
    case FaultKind::kDelay:
      executor_.sleep(fault.wait);
      return inner_.handle(head, body, response);
    default: {
      SpoiledReply spoiled(executor_, response);
      spoiled.set(fault);
      return inner_.handle(head, body, spoiled);
    }
  }
}

}  // namespace slipway::server
