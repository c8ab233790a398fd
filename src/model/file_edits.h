// model/file_edits.h - one metadata file being repaired: every edit becomes a Fix.
//
// Contract   An edit that would change nothing is none: no fix, no byte. What is not edited stays byte
//            for byte.
// Errors     kCorruptData naming the file when its text is no JSON object; kRefused past kEditsMax edits
// Threads    value
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/fix.h"
#include "slipway/json.h"
#include "slipway/result.h"

namespace slipway::model {

// Keys from the root to a value: {"text_config", "use_cache"}.
using KeyPath = std::vector<std::string>;
std::string dotted(const KeyPath& path);
const json::Value* value_at(const json::Value& root, const KeyPath& path);

struct Because {
  std::string_view code;
  std::string_view reason;
};

inline constexpr std::size_t kEditsMax = 200;

class FileEdits {
 public:
  static Result<FileEdits> parse(std::string name, std::string text);
  // A file that is not there yet; `why` becomes the fix for the whole file, at the end.
  static FileEdits make(std::string name, json::Document start, Because why);

  const std::string& name() const { return name_; }
  const json::Value& root() const { return document_.root(); }
  const json::Value* find(const KeyPath& path) const { return value_at(root(), path); }
  const json::Value* find(std::string_view key) const { return root().find(key); }
  const std::string& text() const { return document_.text(); }
  bool changed() const { return !fixes_.empty(); }

  Result<void> set(const KeyPath& path, const json::Value& value, Because why);
  Result<void> erase(const KeyPath& path, Because why);
  const std::vector<Fix>& fixes() const { return fixes_; }

 private:
  FileEdits(std::string name, json::Document document)
      : name_(std::move(name)), document_(std::move(document)) {}
  Result<void> refuse_endless() const;
  void note(const KeyPath& path, const json::Value* before, std::string after, Because why);

  std::string name_;
  json::Document document_;
  std::vector<Fix> fixes_{};
};

}  // namespace slipway::model
