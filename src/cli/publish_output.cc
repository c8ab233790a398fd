// How a publish is shown: as the contract's JSON objects, and for people.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/encoding.h"
#include "base/size_text.h"
#include "cli/output.h"
#include "flow/ledger.h"

namespace slipway::cli {
namespace {

constexpr std::size_t kShownBytes = 72;

json::Value texts(const std::vector<std::string>& rows) {
  json::Value list = json::Value::array();
  for (const std::string& row : rows) list.push_back(row);
  return list;
}

json::Value files_json(const flow::PublishResult& result) {
  json::Value files = json::Value::array();
  for (const flow::ReleasedFile& file : result.files) {
    files.push_back(json::Value::object({{"path", file.path},
                                         {"size", file.size},
                                         {"sha256", file.sha256},
                                         {"origin", release::origin_name(file.origin)}}));
  }
  return files;
}

json::Value bytes_json(const flow::PublishResult& result) {
  return json::Value::object({{"total", result.bytes.total},
                              {"read", result.bytes.read},
                              {"sent", result.bytes.sent},
                              {"already_there", result.bytes.already_there}});
}

// A chat template may be a page long; --json has the whole.
std::string shown(const std::string& text) { return text.empty() ? "(absent)" : clipped(text, kShownBytes); }

std::string outcome(const flow::PublishResult& result) {
  if (result.dry_run) {
    return result.repo.empty() ? "dry run: nothing was changed"
                               : fmt::format("dry run: nothing was changed here or on {}", result.repo);
  }
  if (!result.pushed) return result.changed ? "done; nothing was sent" : "nothing to do; nothing was sent";
  if (!result.changed) return fmt::format("{} holds this release already ({})", result.repo, result.commit);
  std::string text = fmt::format("published {} at {}", result.repo, result.commit);
  if (result.made_private) {
    text +=
        fmt::format("\nthe repository is private; `slipway repo settings {} --public` opens it", result.repo);
  }
  return text;
}

}  // namespace

json::Value fixes_json(const std::vector<model::Fix>& fixes) {
  json::Value list = json::Value::array();
  for (const model::Fix& fix : fixes) list.push_back(flow::to_json(fix));
  return list;
}

json::Value warnings_json(const std::vector<model::Warning>& warnings) {
  json::Value list = json::Value::array();
  for (const model::Warning& warning : warnings) {
    list.push_back(json::Value::object({{"code", warning.code}, {"message", warning.message}}));
  }
  return list;
}

std::string fix_lines(const std::vector<model::Fix>& fixes) {
  std::string text;
  for (const model::Fix& fix : fixes) {
    text += fmt::format("  {} {}", fix.code, fix.file);
    if (!fix.path.empty())
      text += fmt::format(": {}  {} -> {}", fix.path, shown(fix.before), shown(fix.after));
    text += fmt::format("\n      {}\n", fix.reason);
  }
  return text;
}

json::Value plan_json(const flow::PublishResult& result) {
  return json::Value::object({{"type", "plan"},
                              {"repo", result.repo},
                              {"revision", result.revision},
                              {"files", files_json(result)},
                              {"deleted", texts(result.deleted)},
                              {"fixes", fixes_json(result.fixes)},
                              {"warnings", warnings_json(result.warnings)},
                              {"bytes", bytes_json(result)}});
}

json::Value publish_json(const flow::PublishResult& result) {
  json::Value stops = json::Value::array();
  for (const model::TokenId id : result.stops.ids) stops.push_back(id);
  json::Value value = json::Value::object({{"repo", result.repo},
                                           {"revision", result.revision},
                                           {"commit", result.commit},
                                           {"url", result.url},
                                           {"changed", result.changed && !result.dry_run},
                                           {"files", files_json(result)},
                                           {"deleted", texts(result.deleted)},
                                           {"fixes", fixes_json(result.fixes)},
                                           {"warnings", warnings_json(result.warnings)},
                                           {"bytes", bytes_json(result)},
                                           {"seconds", result.seconds},
                                           {"stops", std::move(stops)},
                                           {"left_out", texts(result.left_out)}});
  if (result.dry_run) value.set("dry_run", true);
  return value;
}

std::string publish_text(const flow::PublishResult& result) {
  std::string text;
  if (!result.fixes.empty())
    text += fmt::format("{} changes\n{}", result.fixes.size(), fix_lines(result.fixes));
  for (const std::string& path : result.deleted) text += fmt::format("  deleted on the Hub: {}\n", path);
  text += fmt::format("{} files, {}", result.files.size(), format_size(result.bytes.total));
  if (result.pushed) text += fmt::format("; sent {}", format_size(result.bytes.sent));
  if (!result.stops.ids.empty()) text += fmt::format("; stops at {}", fmt::join(result.stops.ids, ", "));
  text += fmt::format("; {}\n{}", format_duration(result.seconds), outcome(result));
  if (!result.url.empty()) text += fmt::format("\n{}", result.url);
  return text;
}

}  // namespace slipway::cli
