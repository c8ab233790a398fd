#include "model/file_edits.h"

#include <fmt/format.h>

namespace slipway::model {

std::string dotted(const KeyPath& path) {
  std::string text;
  for (const std::string& key : path) {
    if (!text.empty()) text += '.';
    text += key;
  }
  return text;
}

const json::Value* value_at(const json::Value& root, const KeyPath& path) {
  const json::Value* at = &root;
  for (const std::string& key : path) {
    if (at == nullptr) return nullptr;
    at = at->find(key);
  }
  return at;
}

Result<FileEdits> FileEdits::parse(std::string name, std::string text) {
  SLIPWAY_ASSIGN_WITHIN(auto document, name, json::Document::parse(std::move(text), {.allow_nan = true}));
  if (!document.root().is_object())
    return fail(ErrorCode::kCorruptData, fmt::format("{} is not a JSON object; save the model again", name));
  return FileEdits(std::move(name), std::move(document));
}

FileEdits FileEdits::make(std::string name, json::Document start, Because why) {
  FileEdits edits(std::move(name), std::move(start));
  edits.note({}, nullptr, json::print_compact(edits.root()), why);
  return edits;
}

Result<void> FileEdits::set(const KeyPath& path, const json::Value& value, Because why) {
  const json::Value* before = find(path);
  if (before != nullptr && before->same_as(value)) return {};
  SLIPWAY_TRY(refuse_endless());
  note(path, before, json::print_compact(value), why);
  const std::vector<std::string_view> keys(path.begin(), path.end());
  return document_.set(json::Document::KeyPath(keys), value);
}

Result<void> FileEdits::erase(const KeyPath& path, Because why) {
  const json::Value* before = find(path);
  if (before == nullptr) return {};
  SLIPWAY_TRY(refuse_endless());
  note(path, before, "", why);
  const std::vector<std::string_view> keys(path.begin(), path.end());
  return document_.erase(json::Document::KeyPath(keys));
}

// Each edit reads the file again, so what would be changed everywhere is no model's file.
Result<void> FileEdits::refuse_endless() const {
  if (fixes_.size() < kEditsMax) return {};
  return fail(ErrorCode::kRefused,
              fmt::format("{} would need more than {} changes, which no model does; look at the file", name_,
                          kEditsMax));
}

void FileEdits::note(const KeyPath& path, const json::Value* before, std::string after, Because why) {
  fixes_.push_back({.code = std::string(why.code),
                    .file = name_,
                    .path = dotted(path),
                    .before = before == nullptr ? "" : json::print_compact(*before),
                    .after = std::move(after),
                    .reason = std::string(why.reason)});
}

}  // namespace slipway::model
