// How a publish is shown: as the contract's JSON objects, and for people.
#include <algorithm>

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

json::Value engines_json(const std::vector<model::EngineClaim>& claims) {
  json::Value list = json::Value::array();
  for (const model::EngineClaim& claim : claims) {
    json::Value one = json::Value::object({{"engine", claim.engine}, {"loads", proof_name(claim.loads)}});
    if (claim.stops) one.set("stops", proof_name(*claim.stops));
    if (!claim.why.empty()) one.set("why", claim.why);
    list.push_back(std::move(one));
  }
  return list;
}

// One line for each engine that differs from the one before it.
std::string engine_lines(const std::vector<model::EngineClaim>& claims) {
  std::string text;
  for (std::size_t i = 0; i < claims.size();) {
    const model::EngineClaim& first = claims[i];
    std::string names(first.engine);
    for (++i; i < claims.size() && claims[i].loads == first.loads && claims[i].stops == first.stops &&
              claims[i].why == first.why;
         ++i)
      names += fmt::format(", {}", claims[i].engine);
    text += fmt::format("  {}: loads {}", names, proof_name(first.loads));
    if (first.stops) text += fmt::format(", stops {}", proof_name(*first.stops));
    text += first.why.empty() ? "\n" : fmt::format(" ({})\n", first.why);
  }
  return text;
}

// A chat template may be a page long; --json has the whole.
std::string shown(const std::string& text) { return text.empty() ? "(absent)" : clipped(text, kShownBytes); }

json::Value merge_json(const flow::MergeReport& report) {
  json::Value modules = json::Value::array();
  for (const flow::MergedModule& one : report.modules) {
    modules.push_back(json::Value::object({{"module", one.module},
                                           {"tensor", one.tensor},
                                           {"change", one.change},
                                           {"unchanged", one.unchanged}}));
  }
  return json::Value::object({{"base", report.base}, {"onto", report.onto}, {"modules", std::move(modules)}});
}

// One line, or one for each module as well.
std::string merge_lines(const flow::MergeReport& report, bool verbose) {
  if (report.modules.empty()) return fmt::format("merged onto {}\n", report.base);
  const auto [least, most] = std::ranges::minmax(report.modules, {}, &flow::MergedModule::change);
  std::string text =
      fmt::format("merged onto {}: {} tensors changed by {:.2g} % to {:.2g} % of their length\n", report.base,
                  report.modules.size(), 100 * least.change, 100 * most.change);
  for (const flow::MergedModule& one : report.modules) {
    if (!verbose) break;
    text += fmt::format("  {}: changed by {:.3g} %, {:.3g} % of its numbers stay\n", one.tensor,
                        100 * one.change, 100 * one.unchanged);
  }
  return text;
}

std::string outcome(const flow::PublishResult& result) {
  if (result.dry_run) {
    return result.repo.empty() ? "dry run: nothing was changed"
                               : fmt::format("dry run: nothing was changed here or on {}", result.repo);
  }
  if (!result.pushed) return result.changed ? "done; nothing was sent" : "nothing to do; nothing was sent";
  if (result.pull_request) {
    return fmt::format("{} pull request {} of {}",
                       result.changed ? "opened" : "already open:", *result.pull_request, result.repo);
  }
  if (!result.changed) return fmt::format("{} holds this release already ({})", result.repo, result.commit);
  std::string text = fmt::format("published {} at {}", result.repo, result.commit);
  if (result.made_private) {
    text +=
        fmt::format("\nthe repository is private; `slipway repo settings {} --public` opens it", result.repo);
  }
  return text;
}

}  // namespace

std::string change_text(std::string_view path, const std::string& before, const std::string& after) {
  return fmt::format("{}  {} -> {}", path, shown(before), shown(after));
}

json::Value fixes_json(const std::vector<model::Fix>& fixes) {
  json::Value list = json::Value::array();
  for (const model::Fix& fix : fixes) list.push_back(flow::to_json(fix));
  return list;
}

json::Value warnings_json(const std::vector<model::Warning>& warnings) {
  json::Value list = json::Value::array();
  for (const model::Warning& warning : warnings) {
    json::Value row = json::Value::object({{"code", warning.code}, {"message", warning.message}});
    if (!warning.detail.empty()) row.set("detail", warning.detail);
    list.push_back(std::move(row));
  }
  return list;
}

std::string fix_lines(const std::vector<model::Fix>& fixes) {
  std::string text;
  for (const model::Fix& fix : fixes) {
    text += fmt::format("  {} {}", fix.code, fix.file);
    if (!fix.path.empty()) text += ": " + change_text(fix.path, fix.before, fix.after);
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
                                           {"engines", engines_json(result.engines)},
                                           {"left_out", texts(result.left_out)}});
  if (result.merged) value.set("merged", merge_json(*result.merged));
  if (result.pull_request) value.set("pull_request", *result.pull_request);
  if (result.dry_run) value.set("dry_run", true);
  return value;
}

std::string publish_text(const flow::PublishResult& result, bool verbose) {
  std::string text = result.merged ? merge_lines(*result.merged, verbose) : "";
  if (!result.fixes.empty())
    text += fmt::format("{} change{}\n{}", result.fixes.size(), result.fixes.size() == 1 ? "" : "s",
                        fix_lines(result.fixes));
  for (const std::string& path : result.deleted) text += fmt::format("  deleted on the Hub: {}\n", path);
  text += engine_lines(result.engines);
  text += fmt::format("{} files, {}", result.files.size(), format_size(result.bytes.total));
  if (result.pushed) text += fmt::format("; sent {}", format_size(result.bytes.sent));
  if (!result.stops.ids.empty()) text += fmt::format("; stops at {}", fmt::join(result.stops.ids, ", "));
  text += fmt::format("; {}\n{}", format_duration(result.seconds), outcome(result));
  if (!result.url.empty()) text += fmt::format("\n{}", result.url);
  return text;
}

}  // namespace slipway::cli
