// Preupload and the LFS batch.
#include <fmt/format.h>

#include "base/encoding.h"
#include "hub/wire/fields.h"
#include "hub/wire/paths.h"
#include "hub/wire/types.h"

namespace slipway::hub::wire {
namespace {

constexpr std::size_t kSampleBytesMax = 4096;
constexpr std::size_t kBatchMax = 1000;

// A number is meant as its text: `"chunk_size": 5`.
std::string header_text(const json::Value& value) {
  return value.is_string() ? value.string() : json::print_compact(value);
}

Result<std::optional<LfsAction>> read_action(const json::Value& actions, std::string_view name) {
  const json::Value* value = actions.find(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  LfsAction action;
  SLIPWAY_ASSIGN(action.href, need_text(*value, "href"));
  if (const json::Value* header = value->find("header")) {
    for (const auto& [key, text] : header->members()) action.header.emplace_back(key, header_text(text));
  }
  if (const json::Value* seconds = value->find("expires_in")) action.expires_in_s = seconds->as_uint();
  action.expires_at = text_or(*value, "expires_at");
  return std::optional(std::move(action));
}

Result<LfsAnswer> read_object(const json::Value& object) {
  LfsAnswer answer;
  SLIPWAY_ASSIGN(answer.oid, need_text(object, "oid"));
  const json::Value* size = object.find("size");  // who asks knows it already
  answer.size = size == nullptr ? 0 : size->as_uint().value_or(0);
  if (const json::Value* error = object.find("error"); error != nullptr && error->is_object()) {
    answer.error = text_or(*error, "message", "no reason given");
    const json::Value* code = error->find("code");
    answer.error_code = code == nullptr ? 0 : static_cast<int>(code->as_int().value_or(0));
  }
  if (const json::Value* actions = object.find("actions"); actions != nullptr && actions->is_object()) {
    SLIPWAY_ASSIGN(answer.upload, read_action(*actions, "upload"));
    SLIPWAY_ASSIGN(answer.verify, read_action(*actions, "verify"));
  }
  return answer;
}

}  // namespace

Result<std::vector<PreuploadFile>> read_preupload(const json::Value& body) {
  SLIPWAY_ASSIGN(const json::Value* files, need_list(body, "files"));
  if (files->items().size() > kBatchMax) return malformed("too many files in one preupload");
  std::vector<PreuploadFile> read;
  for (const json::Value& row : files->items()) {
    PreuploadFile file;
    SLIPWAY_ASSIGN(file.path, need_text(row, "path"));
    SLIPWAY_TRY(check_path(file.path));
    SLIPWAY_ASSIGN(file.size, need_size(row, "size"));
    auto sample = base64_decode(text_or(row, "sample"));
    if (!sample || sample->size() > kSampleBytesMax)
      return malformed(fmt::format("the sample of {}", file.path));
    file.sample = std::move(*sample);
    read.push_back(std::move(file));
  }
  return read;
}

json::Value write_preupload(const std::vector<PreuploadFile>& files,
                            const std::optional<std::string>& gitignore) {
  json::Value rows = json::Value::array();
  for (const PreuploadFile& file : files) {
    rows.push_back(json::Value::object(
        {{"path", file.path}, {"sample", base64_encode(as_bytes(file.sample))}, {"size", file.size}}));
  }
  json::Value body = json::Value::object({{"files", std::move(rows)}});
  if (gitignore) body.set("gitIgnore", *gitignore);
  return body;
}

Result<std::vector<PreuploadAnswer>> read_preupload_answer(const json::Value& body) {
  SLIPWAY_ASSIGN(const json::Value* files, need_list(body, "files"));
  std::vector<PreuploadAnswer> answers;
  for (const json::Value& row : files->items()) {
    PreuploadAnswer answer;
    SLIPWAY_ASSIGN(answer.path, need_text(row, "path"));
    SLIPWAY_ASSIGN(const std::string mode, need_text(row, "uploadMode"));
    if (mode != "lfs" && mode != "regular") return malformed(fmt::format("the upload mode '{}'", mode));
    answer.mode = mode == "lfs" ? UploadMode::kLfs : UploadMode::kRegular;
    answer.should_ignore = maybe_bool(row, "shouldIgnore").value_or(false);
    answer.oid = maybe_text(row, "oid");
    answers.push_back(std::move(answer));
  }
  return answers;
}

json::Value write_preupload_answer(const std::vector<PreuploadAnswer>& answers) {
  json::Value rows = json::Value::array();
  for (const PreuploadAnswer& answer : answers) {
    json::Value row =
        json::Value::object({{"path", answer.path},
                             {"uploadMode", answer.mode == UploadMode::kLfs ? "lfs" : "regular"},
                             {"shouldIgnore", answer.should_ignore}});
    if (answer.oid) row.set("oid", *answer.oid);
    rows.push_back(std::move(row));
  }
  return json::Value::object({{"files", std::move(rows)}});
}

Result<std::vector<LfsObject>> read_lfs_batch(const json::Value& body) {
  SLIPWAY_ASSIGN(const json::Value* objects, need_list(body, "objects"));
  if (objects->items().size() > kBatchMax) return malformed("too many objects in one batch");
  std::vector<LfsObject> read;
  for (const json::Value& row : objects->items()) {
    LfsObject object;
    SLIPWAY_ASSIGN(object.oid, need_text(row, "oid"));
    if (!is_sha256(object.oid)) return malformed("an oid is no SHA-256");
    SLIPWAY_ASSIGN(object.size, need_size(row, "size"));
    read.push_back(std::move(object));
  }
  return read;
}

json::Value write_lfs_batch(const std::vector<LfsObject>& objects) {
  json::Value rows = json::Value::array();
  for (const LfsObject& object : objects) {
    rows.push_back(json::Value::object({{"oid", object.oid}, {"size", object.size}}));
  }
  return json::Value::object({{"operation", "upload"},
                              {"transfers", json::Value::array({"basic", "multipart"})},
                              {"objects", std::move(rows)},
                              {"hash_algo", "sha256"}});
}

Result<std::vector<LfsAnswer>> read_lfs_answer(const json::Value& body) {
  const std::string transfer = text_or(body, "transfer", "basic");
  if (transfer != "basic" && transfer != "multipart")
    return malformed(fmt::format("the transfer '{}' was not offered", transfer));
  SLIPWAY_ASSIGN(const json::Value* objects, need_list(body, "objects"));
  std::vector<LfsAnswer> answers;
  for (const json::Value& row : objects->items()) {
    SLIPWAY_ASSIGN(LfsAnswer answer, read_object(row));
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::string lfs_pointer(std::string_view sha256, std::uint64_t size) {
  return fmt::format("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n", sha256, size);
}

std::optional<LfsPointer> parse_lfs_pointer(std::string_view text) {
  constexpr std::string_view kHead = "version https://git-lfs.github.com/spec/v1\noid sha256:";
  if (text.size() > 1024 || !text.starts_with(kHead) || text.size() < kHead.size() + 64) return std::nullopt;
  LfsPointer pointer{.sha256 = std::string(text.substr(kHead.size(), 64))};
  std::string_view rest = text.substr(kHead.size() + 64);
  if (!is_sha256(pointer.sha256) || !rest.starts_with("\nsize ") || !rest.ends_with('\n'))
    return std::nullopt;
  rest = rest.substr(6, rest.size() - 7);
  const auto size = json::parse(rest);
  if (!size || !size->as_uint()) return std::nullopt;
  pointer.size = *size->as_uint();
  return pointer;
}

}  // namespace slipway::hub::wire
