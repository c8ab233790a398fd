#include "hub/wire/pull_request.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/whole_number.h"
#include "hub/wire/fields.h"

namespace slipway::hub::wire {
namespace {

constexpr std::string_view kRefPrefix = "refs/pr/";
constexpr std::array kStatuses{
    std::pair{DiscussionStatus::kDraft, std::string_view("draft")},
    std::pair{DiscussionStatus::kOpen, std::string_view("open")},
    std::pair{DiscussionStatus::kClosed, std::string_view("closed")},
    std::pair{DiscussionStatus::kMerged, std::string_view("merged")},
};

// The text of the first comment: what the pull request was opened with.
std::string first_comment(const json::Value& body) {
  const json::Value* events = body.find("events");
  if (events == nullptr) return "";
  for (const json::Value& event : events->items()) {
    if (text_or(event, "type") != "comment") continue;
    const json::Value* data = event.find("data");
    const json::Value* latest = data == nullptr ? nullptr : data->find("latest");
    return latest == nullptr ? "" : text_or(*latest, "raw");
  }
  return "";
}

}  // namespace

json::Value write_open_discussion(const OpenDiscussion& wanted) {
  return json::Value::object(
      {{"title", wanted.title}, {"description", wanted.description}, {"pullRequest", wanted.pull_request}});
}

Result<OpenDiscussion> read_open_discussion(const json::Value& body) {
  OpenDiscussion wanted;
  SLIPWAY_ASSIGN(wanted.title, need_text(body, "title"));
  wanted.description = text_or(body, "description");
  wanted.pull_request = maybe_bool(body, "pullRequest").value_or(false);
  return wanted;
}

Result<std::uint64_t> read_discussion_number(const json::Value& body) { return need_size(body, "num"); }

Conflicts read_conflicts(const json::Value& body) {
  const json::Value* value = body.find("filesWithConflicts");
  if (value == nullptr) return {};
  Conflicts read{.any = value->as_bool().value_or(!value->items().empty())};
  for (const json::Value& path : value->items()) {
    if (path.is_string()) read.paths.push_back(path.string());
  }
  return read;
}

std::string_view name_of(DiscussionStatus status) {
  return std::ranges::find(kStatuses, status, &decltype(kStatuses)::value_type::first)->second;
}

std::optional<DiscussionStatus> discussion_status(std::string_view name) {
  const auto* row = std::ranges::find(kStatuses, name, &decltype(kStatuses)::value_type::second);
  return row == kStatuses.end() ? std::nullopt : std::optional(row->first);
}

Result<PullRequest> read_pull_request(const json::Value& body) {
  PullRequest read;
  SLIPWAY_ASSIGN(read.number, need_size(body, "num"));
  read.title = text_or(body, "title");
  if (const json::Value* author = body.find("author"); author != nullptr && author->is_object())
    read.author = text_or(*author, "name");
  SLIPWAY_ASSIGN(const std::string status, need_text(body, "status"));
  const auto known = discussion_status(status);
  if (!known) return malformed(fmt::format("'status' is '{}'", status));
  read.status = *known;
  if (!maybe_bool(body, "isPullRequest").value_or(true)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("number {} is a discussion and no pull request", read.number));
  }
  read.description = first_comment(body);
  read.conflicts = read_conflicts(body);
  if (const json::Value* changes = body.find("changes"); changes != nullptr && changes->is_object()) {
    read.base = text_or(*changes, "base");
    read.merge_commit = maybe_text(*changes, "mergeCommitId");
  }
  return read;
}

Result<PullRequestPage> read_pull_requests(const json::Value& body) {
  PullRequestPage page;
  SLIPWAY_ASSIGN(const json::Value* rows, need_list(body, "discussions"));
  SLIPWAY_ASSIGN(page.count, need_size(body, "count"));
  SLIPWAY_ASSIGN(page.start, need_size(body, "start"));
  for (const json::Value& row : rows->items()) {
    if (!maybe_bool(row, "isPullRequest").value_or(false)) continue;
    SLIPWAY_ASSIGN(PullRequest one, read_pull_request(row));
    page.pull_requests.push_back(std::move(one));
  }
  return page;
}

std::string pull_request_ref(std::uint64_t number) { return fmt::format("{}{}", kRefPrefix, number); }

std::optional<std::uint64_t> pull_request_of_ref(std::string_view ref) {
  if (!ref.starts_with(kRefPrefix)) return std::nullopt;
  return whole_number<std::uint64_t>(ref.substr(kRefPrefix.size()));
}

std::optional<std::uint64_t> pull_request_of_url(std::string_view url) {
  constexpr std::string_view kPart = "/discussions/";
  const std::size_t at = url.rfind(kPart);
  if (at == std::string_view::npos) return std::nullopt;
  return whole_number<std::uint64_t>(url.substr(at + kPart.size()));
}

json::Value write_new_tag(const NewTag& wanted) {
  json::Value body = json::Value::object({{"tag", wanted.tag}});
  if (!wanted.message.empty()) body.set("message", wanted.message);
  return body;
}

Result<NewTag> read_new_tag(const json::Value& body) {
  NewTag wanted;
  SLIPWAY_ASSIGN(wanted.tag, need_text(body, "tag"));
  wanted.message = text_or(body, "message");
  return wanted;
}

json::Value write_new_branch(std::string_view starting_point) {
  json::Value body = json::Value::object();
  if (!starting_point.empty()) body.set("startingPoint", starting_point);
  return body;
}

Result<std::string> read_new_branch(const json::Value& body) { return text_or(body, "startingPoint"); }

}  // namespace slipway::hub::wire
