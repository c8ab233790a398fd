#include "card/eval_results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "card/benchmarks.h"
#include "card/eval_dates.h"
#include "card/harness_results.h"
#include "card/markdown.h"
#include "model/metadata.h"
#include "text/yaml.h"

namespace slipway::card {
namespace {

constexpr std::size_t kResultsMax = 1000;

// One result in the Hub's own form, checked key by key.
class Entry {
 public:
  Entry(const yaml::Node& node, std::string path, std::string_view file)
      : node_(node), path_(std::move(path)), file_(file) {}

  Result<json::Value> read() {
    SLIPWAY_TRY(only(node_, path_, {"dataset", "value", "verifyToken", "date", "source", "notes"}));
    json::Value out = json::Value::object();
    SLIPWAY_ASSIGN(json::Value dataset, read_dataset());
    out.set("dataset", std::move(dataset));
    SLIPWAY_ASSIGN(const double value, read_value());
    out.set("value", value);
    SLIPWAY_TRY(copy_text(node_, path_, "verifyToken", out));
    SLIPWAY_TRY(copy_date(out));
    SLIPWAY_TRY(copy_source(out));
    SLIPWAY_TRY(copy_text(node_, path_, "notes", out));
    return out;
  }

 private:
  std::unexpected<Error> wrong(int line, std::string_view path, std::string_view what) const {
    return fail(ErrorCode::kInvalidArgument, fmt::format("{}: line {}: \"{}\" {}", file_, line, path, what));
  }

  Result<void> only(const yaml::Node& map, const std::string& path,
                    std::initializer_list<std::string_view> keys) const {
    if (map.kind != yaml::Kind::kMap) return wrong(map.line, path, "must be an object");
    for (const auto& [key, value] : map.members) {
      if (std::ranges::find(keys, key.text) == keys.end())
        return wrong(key.line, fmt::format("{}.{}", path, first_bytes(key.text, kShownBytesMax)),
                     fmt::format("is no key here: there are {}", fmt::join(keys, ", ")));
    }
    return {};
  }

  Result<std::string> text(const yaml::Node& map, const std::string& path, std::string_view key) const {
    const yaml::Node* node = map.find(key);
    const std::string where = fmt::format("{}.{}", path, key);
    if (node == nullptr) return wrong(map.line, where, "is required");
    if (node->kind != yaml::Kind::kString || trimmed(node->text).empty())
      return wrong(node->line, where, "must be a text");
    return node->text;
  }
  Result<void> copy_text(const yaml::Node& map, const std::string& path, std::string_view key,
                         json::Value& out) const {
    if (map.find(key) == nullptr) return {};
    SLIPWAY_ASSIGN(const std::string value, text(map, path, key));
    out.set(std::string(key), value);
    return {};
  }

  Result<json::Value> read_dataset() const {
    const std::string path = path_ + ".dataset";
    const yaml::Node* dataset = node_.find("dataset");
    if (dataset == nullptr) return wrong(node_.line, path, "is required");
    SLIPWAY_TRY(only(*dataset, path, {"id", "task_id", "revision"}));
    SLIPWAY_ASSIGN(const std::string id, text(*dataset, path, "id"));
    SLIPWAY_ASSIGN(const std::string task, text(*dataset, path, "task_id"));
    SLIPWAY_TRY(registered(id, task, dataset->line));
    json::Value out = json::Value::object({{"id", id}, {"task_id", task}});
    SLIPWAY_TRY(copy_text(*dataset, path, "revision", out));
    return out;
  }

  Result<void> registered(const std::string& id, const std::string& task, int line) const {
    const auto refuse = [&](std::string_view what) {
      return fail(ErrorCode::kRefused,
                  fmt::format("{}: line {}: {}; a file of your own goes with --add '{}*.yaml'", file_, line,
                              what, model::kEvalFolder));
    };
    const Benchmark* benchmark = find_benchmark(id);
    if (benchmark == nullptr)
      return refuse(fmt::format("'{}' is no benchmark that is known to be registered on the Hub ({} are)",
                                first_bytes(id, kShownBytesMax), benchmark_list()));
    if (!benchmark->tasks.empty() && std::ranges::find(benchmark->tasks, task) == benchmark->tasks.end())
      return refuse(fmt::format("'{}' is no task of {} ({})", first_bytes(task, kShownBytesMax), id,
                                fmt::join(benchmark->tasks, ", ")));
    return {};
  }

  // JSON writes 1e-05, which YAML takes for a text.
  Result<double> read_value() const {
    const std::string path = path_ + ".value";
    const yaml::Node* node = node_.find("value");
    if (node == nullptr) return wrong(node_.line, path, "is required");
    double value = std::nan("");
    const auto end = node->text.data() + node->text.size();
    const auto read = std::from_chars(node->text.data(), end, value);
    const bool number = node->kind == yaml::Kind::kInt || node->kind == yaml::Kind::kFloat ||
                        node->kind == yaml::Kind::kString;
    if (!number || read.ec != std::errc{} || read.ptr != end || !std::isfinite(value))
      return wrong(node->line, path, "must be a number");
    return value;
  }

  Result<void> copy_date(json::Value& out) const {
    const yaml::Node* node = node_.find("date");
    if (node == nullptr) return {};
    if (!is_iso_date(node->text))
      return wrong(node->line, path_ + ".date", "must be a date like \"2026-01-31\"");
    out.set("date", node->text);
    return {};
  }

  Result<void> copy_source(json::Value& out) const {
    const yaml::Node* source = node_.find("source");
    if (source == nullptr) return {};
    const std::string path = path_ + ".source";
    SLIPWAY_TRY(only(*source, path, {"url", "name", "user", "org"}));
    SLIPWAY_ASSIGN(const std::string url, text(*source, path, "url"));
    if (!url.starts_with("https://") && !url.starts_with("http://"))
      return wrong(source->line, path + ".url", "must be a link");
    json::Value copy = json::Value::object({{"url", url}});
    for (const std::string_view key : {"name", "user", "org"})
      SLIPWAY_TRY(copy_text(*source, path, key, copy));
    out.set("source", std::move(copy));
    return {};
  }

  const yaml::Node& node_;
  std::string path_;
  std::string_view file_;
};

Result<void> read_list(const yaml::Node& list, std::string_view file, EvalResults& results) {
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    SLIPWAY_ASSIGN(json::Value entry, Entry(list.items[i], fmt::format("[{}]", i), file).read());
    const std::string id = entry.find("dataset")->find("id")->string();
    results.of[id].push_back(std::move(entry));
  }
  return {};
}

}  // namespace

Result<void> read_eval_results(std::string_view text, std::string_view file, EvalResults& results) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin != std::string_view::npos && text[begin] == '{') return read_harness_results(text, file, results);
  auto list = yaml::parse(text);
  if (!list) return fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", file, list.error().message));
  const bool good =
      list->kind == yaml::Kind::kList && !list->items.empty() && list->items.size() <= kResultsMax;
  if (good) return read_list(*list, file, results);
  return fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{}: line {}: a list of 1 to {} results is wanted, in the form of .eval_results, or a "
                  "results file of lm-evaluation-harness",
                  file, list->line, kResultsMax));
}

std::map<std::string, std::string> eval_files(const EvalResults& results) {
  std::map<std::string, std::string> files;
  for (const auto& [id, entries] : results.of) {
    std::string name = id;
    std::ranges::replace(name, '/', '-');
    files[fmt::format("{}{}.yaml", model::kEvalFolder, name)] = yaml::dump_block(json::Value::array(entries));
  }
  return files;
}

}  // namespace slipway::card
