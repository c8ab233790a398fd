// The body of a commit: one JSON object a line.
#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/wire/fields.h"
#include "hub/wire/paths.h"
#include "hub/wire/types.h"

namespace slipway::hub::wire {
namespace {

std::string line(std::string_view key, json::Value value) {
  return json::print_compact(json::Value::object({{"key", key}, {"value", std::move(value)}})) + "\n";
}

Result<std::string> need_path(const json::Value& value) {
  SLIPWAY_ASSIGN(std::string path, need_text(value, "path"));
  SLIPWAY_TRY(check_path(path));
  return path;
}

Result<void> read_header(const json::Value& value, CommitRequest& request) {
  SLIPWAY_ASSIGN(request.summary, need_text(value, "summary"));
  request.description = text_or(value, "description");
  request.parent_commit = maybe_text(value, "parentCommit");
  return {};
}

Result<void> read_file(const json::Value& value, CommitRequest& request) {
  CommitFile file;
  SLIPWAY_ASSIGN(file.path, need_path(value));
  SLIPWAY_ASSIGN(std::string content, need_text(value, "content"));
  const std::string encoding = text_or(value, "encoding", "utf-8");
  if (encoding == "base64") {
    auto decoded = base64_decode(content);
    if (!decoded) return malformed(fmt::format("the content of {} is not base64", file.path));
    file.content = std::move(*decoded);
  } else if (encoding == "utf-8") {
    file.content = std::move(content);
  } else {
    return malformed(fmt::format("the encoding '{}' is not known", encoding));
  }
  request.files.push_back(std::move(file));
  return {};
}

Result<void> read_lfs_file(const json::Value& value, CommitRequest& request) {
  CommitLfsFile file;
  SLIPWAY_ASSIGN(file.path, need_path(value));
  SLIPWAY_ASSIGN(file.oid, need_text(value, "oid"));
  if (!is_sha256(file.oid)) return malformed(fmt::format("the oid of {} is no SHA-256", file.path));
  if (text_or(value, "algo", "sha256") != "sha256") return malformed("the only algo is sha256");
  if (const json::Value* size = value.find("size")) file.size = size->as_uint();
  request.lfs_files.push_back(std::move(file));
  return {};
}

}  // namespace

std::string commit_header_line(const CommitRequest& request) {
  json::Value value =
      json::Value::object({{"summary", request.summary}, {"description", request.description}});
  if (request.parent_commit) value.set("parentCommit", *request.parent_commit);
  return line("header", std::move(value));
}

std::string commit_file_line(const CommitFile& file) {
  return line("file", json::Value::object({{"content", base64_encode(as_bytes(file.content))},
                                           {"path", file.path},
                                           {"encoding", "base64"}}));
}

std::string commit_lfs_line(const CommitLfsFile& file) {
  json::Value value = json::Value::object({{"path", file.path}, {"algo", "sha256"}, {"oid", file.oid}});
  if (file.size) value.set("size", *file.size);
  return line("lfsFile", std::move(value));
}

std::string commit_deleted_file_line(std::string_view path) {
  return line("deletedFile", json::Value::object({{"path", path}}));
}

std::string commit_body(const CommitRequest& request) {
  std::string body = commit_header_line(request);
  for (const std::string& path : request.deleted_files) body += commit_deleted_file_line(path);
  for (const std::string& path : request.deleted_folders) {
    body += line("deletedFolder", json::Value::object({{"path", path}}));
  }
  for (const CommitFile& file : request.files) body += commit_file_line(file);
  for (const CommitLfsFile& file : request.lfs_files) body += commit_lfs_line(file);
  return body;
}

Result<void> read_commit_line(std::string_view text, CommitRequest& request) {
  SLIPWAY_ASSIGN(const json::Value root, json::parse(text));
  SLIPWAY_ASSIGN(const std::string key, need_text(root, "key"));
  const json::Value* value = root.find("value");
  if (value == nullptr || !value->is_object()) return malformed(fmt::format("a '{}' line has no value", key));
  if (key == "header") return read_header(*value, request);
  if (key == "file") return read_file(*value, request);
  if (key == "lfsFile") return read_lfs_file(*value, request);
  if (key == "deletedFile") {
    SLIPWAY_ASSIGN(std::string path, need_path(*value));
    request.deleted_files.push_back(std::move(path));
    return {};
  }
  if (key == "deletedFolder") {
    SLIPWAY_ASSIGN(std::string path, need_text(*value, "path"));
    while (path.ends_with('/')) path.pop_back();
    SLIPWAY_TRY(check_path(path));
    request.deleted_folders.push_back(std::move(path));
    return {};
  }
  return fail(ErrorCode::kInvalidArgument, fmt::format("a commit knows no '{}' lines", key));
}

Result<CommitAnswer> read_commit_answer(const json::Value& body) {
  CommitAnswer answer;
  SLIPWAY_ASSIGN(answer.commit_oid, need_text(body, "commitOid"));
  answer.commit_url = text_or(body, "commitUrl");
  answer.pull_request_url = maybe_text(body, "pullRequestUrl");
  return answer;
}

}  // namespace slipway::hub::wire
