// The writing calls of the client.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/client.h"

namespace slipway::hub {
namespace {

constexpr std::size_t kBatchMax = 256;

}  // namespace

Result<bool> Client::create_repo(const wire::RepoId& repo, bool is_private) {
  Call call{.method = "POST", .path = "/api/repos/create", .what = repo.full(), .retried = false};
  set_json(call, json::Value::object({{"name", repo.name},
                                      {"organization", repo.owner},
                                      {"type", "model"},
                                      {"visibility", is_private ? "private" : "public"},
                                      {"private", is_private}}));
  const auto reply = send(call);
  if (reply) return true;
  if (reply.error().http_status == 409) return false;
  return std::unexpected(reply.error());
}

Result<void> Client::create_branch(const wire::RepoId& repo, std::string_view branch) {
  Call call = repo_call(repo, fmt::format("/branch/{}", percent_encode(branch)));
  call.method = "POST";
  set_json(call, json::Value::object());
  const auto reply = send(call);
  if (!reply && reply.error().http_status != 409) return std::unexpected(reply.error());
  return {};
}

Result<std::vector<std::string>> Client::validate_card(std::string_view card) {
  Call call{.method = "POST", .path = "/api/validate-yaml", .what = "the model card"};
  set_json(call, json::Value::object({{"content", card}, {"repoType", "model"}}));
  SLIPWAY_ASSIGN(const json::Value body, send_json(call));
  std::vector<std::string> warnings;
  if (const json::Value* rows = body.find("warnings")) {
    for (const json::Value& row : rows->items()) {
      if (const json::Value* message = row.find("message")) warnings.push_back(message->string());
    }
  }
  return warnings;
}

Result<std::vector<wire::PreuploadAnswer>> Client::preupload(const wire::RepoId& repo,
                                                             std::string_view revision,
                                                             const std::vector<wire::PreuploadFile>& files) {
  std::vector<wire::PreuploadAnswer> answers;
  for (std::size_t at = 0; at < files.size(); at += kBatchMax) {
    const auto end = std::min(files.size(), at + kBatchMax);
    const std::vector<wire::PreuploadFile> slice(files.begin() + static_cast<std::ptrdiff_t>(at),
                                                 files.begin() + static_cast<std::ptrdiff_t>(end));
    Call call = repo_call(repo, fmt::format("/preupload/{}", percent_encode(revision)));
    call.method = "POST";
    set_json(call, wire::write_preupload(slice));
    SLIPWAY_ASSIGN(const json::Value body, send_json(call));
    SLIPWAY_ASSIGN(const auto page, wire::read_preupload_answer(body));
    for (const wire::PreuploadFile& file : slice) {
      const auto found = std::ranges::find(page, file.path, &wire::PreuploadAnswer::path);
      if (found == page.end()) {
        return fail(ErrorCode::kProtocol,
                    fmt::format("{} said nothing of {} in {}", options_.endpoint, file.path, repo.full()));
      }
      answers.push_back(*found);
    }
  }
  return answers;
}

Result<std::vector<wire::LfsAnswer>> Client::lfs_batch(const wire::RepoId& repo, std::string_view revision,
                                                       const std::vector<wire::LfsObject>& objects) {
  std::vector<wire::LfsAnswer> answers;
  for (std::size_t at = 0; at < objects.size(); at += kBatchMax) {
    const auto end = std::min(objects.size(), at + kBatchMax);
    const std::vector<wire::LfsObject> slice(objects.begin() + static_cast<std::ptrdiff_t>(at),
                                             objects.begin() + static_cast<std::ptrdiff_t>(end));
    Call call{.method = "POST",
              .path = fmt::format("/{}/{}.git/info/lfs/objects/batch", percent_encode(repo.owner),
                                  percent_encode(repo.name)),
              .what = repo.full()};
    json::Value body = wire::write_lfs_batch(slice);
    body.set("ref", json::Value::object({{"name", revision}}));
    set_json(call, body);
    call.headers.set("Content-Type", "application/vnd.git-lfs+json");
    call.headers.set("Accept", "application/vnd.git-lfs+json");
    SLIPWAY_ASSIGN(const json::Value reply, send_json(call));
    SLIPWAY_ASSIGN(const auto page, wire::read_lfs_answer(reply));
    for (const wire::LfsObject& object : slice) {
      const auto found = std::ranges::find(page, object.oid, &wire::LfsAnswer::oid);
      if (found == page.end()) {
        return fail(ErrorCode::kProtocol,
                    fmt::format("{} said nothing of object {}", options_.endpoint, object.oid));
      }
      if (found->error) {
        return fail(ErrorCode::kRefused,
                    fmt::format("{} refuses object {}: {}", options_.endpoint, object.oid, *found->error));
      }
      answers.push_back(*found);
    }
  }
  return answers;
}

namespace {

// Says how far a body has been read. A retry begins anew without counting twice.
class MeteredBody final : public os::BodySource {
 public:
  MeteredBody(std::shared_ptr<os::BodySource> body, const std::function<void(std::uint64_t)>& sent)
      : body_(std::move(body)), sent_(sent) {}
  std::uint64_t size_bytes() const override { return body_->size_bytes(); }
  Result<void> read(std::uint64_t offset, MutableBytes out) override {
    SLIPWAY_TRY(body_->read(offset, out));
    reach(offset + out.size());
    return {};
  }
  void reach(std::uint64_t end) {
    if (end <= told_) return;
    sent_(end - told_);
    told_ = end;
  }

 private:
  std::shared_ptr<os::BodySource> body_;
  const std::function<void(std::uint64_t)>& sent_;
  std::uint64_t told_ = 0;
};

}  // namespace

Result<void> Client::lfs_put(const wire::LfsAnswer& where, const Content& content,
                             const std::function<void(std::uint64_t)>& sent) {
  if (!where.upload) return {};
  Call put{.method = "PUT", .path = where.upload->href, .what = fmt::format("object {}", where.oid)};
  // The caller keeps the content alive for the time of this call.
  const auto body = std::make_shared<MeteredBody>(content_body(ContentPtr(ContentPtr(), &content)), sent);
  put.body = body;
  for (const auto& [name, value] : where.upload->header) put.headers.set(name, value);
  put.headers.set("Content-Type", "application/octet-stream");
  SLIPWAY_ASSIGN(const os::CollectedReply reply, send(put));
  (void)reply;
  body->reach(content.size_bytes());
  if (!where.verify) return {};
  Call verify{.method = "POST", .path = where.verify->href, .what = put.what};
  set_json(verify, json::Value::object({{"oid", where.oid}, {"size", where.size}}));
  for (const auto& [name, value] : where.verify->header) verify.headers.set(name, value);
  verify.headers.set("Content-Type", "application/vnd.git-lfs+json");
  SLIPWAY_ASSIGN(const os::CollectedReply verified, send(verify));
  (void)verified;
  return {};
}

Result<wire::CommitAnswer> Client::commit(const wire::RepoId& repo, std::string_view revision,
                                          const wire::CommitRequest& request) {
  Call call = repo_call(repo, fmt::format("/commit/{}", percent_encode(revision)));
  call.method = "POST";
  call.retried = false;
  call.body = os::text_body(wire::commit_body(request));
  call.headers.set("Content-Type", "application/x-ndjson");
  SLIPWAY_ASSIGN(const json::Value body, send_json(call));
  return wire::read_commit_answer(body);
}

}  // namespace slipway::hub
