#include "flow/merge_report.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/hash.h"

namespace slipway::flow {
namespace {

constexpr std::string_view kMerge = "merge";
constexpr std::string_view kChanges = "changes";
constexpr std::size_t kNamedMax = 5;

std::string listed(std::vector<std::string> names) {
  const std::size_t count = names.size();
  names.resize(std::min(count, kNamedMax));
  return fmt::format("{}{}", fmt::join(names, ", "),
                     count > kNamedMax ? fmt::format(" and {} more", count - kNamedMax) : "");
}

}  // namespace

Result<void> refuse_unchanged(const transform::MergedSource& source) {
  std::vector<std::string> names;
  for (const transform::ModuleChange& one : source.changes()) {
    if (!one.complete || one.change.unchanged < one.change.elements) return {};
    names.push_back(one.module);
  }
  if (names.empty()) return {};
  return fail(ErrorCode::kCorruptData,
              fmt::format("the merge changes nothing: {} stay as the base has them; the adapter was not "
                          "trained, or the base holds it already",
                          listed(std::move(names))));
}

MergeReport report_merge(const MergedRun& merged, std::vector<model::Warning>& warnings) {
  std::ranges::copy(merged.warnings, std::back_inserter(warnings));
  MergeReport report{.base = merged.base, .onto = merged.onto_4bit ? "4bit" : "16bit"};
  std::vector<std::string> idle;
  std::vector<std::string> large;
  for (const transform::ModuleChange& one : merged.source->changes()) {
    if (!one.complete || one.change.elements == 0) continue;
    const double weight = std::sqrt(one.change.weight_squared);
    const double change = std::sqrt(one.change.change_squared);
    report.modules.push_back(
        {.module = one.module,
         .tensor = one.tensor,
         .change = std::isfinite(change / weight) ? change / weight : 0,
         .unchanged = static_cast<double>(one.change.unchanged) / static_cast<double>(one.change.elements)});
    if (one.change.unchanged == one.change.elements) idle.push_back(one.module);
    if (change > weight && weight > 0) large.push_back(one.module);
  }
  if (!idle.empty())
    warnings.push_back(
        {"merge-without-effect",
         fmt::format("the adapter changes nothing that is stored in {}", listed(std::move(idle)))});
  if (!large.empty())
    warnings.push_back(
        {"merge-large", fmt::format("the change is larger than the weights themselves in {}; is "
                                    "{} the base that the adapter was trained on?",
                                    listed(std::move(large)), merged.base)});
  return report;
}

MergeFigures::MergeFigures(const MergedRun& merged)
    : source_(*merged.source), inputs_(sha256_hex(as_bytes(merged.facts.weights_identity))) {}

std::vector<json::Value> MergeFigures::news() {
  std::vector<json::Value> records;
  json::Value rows = json::Value::array();
  const auto close = [&] {
    if (rows.items().empty()) return;
    records.push_back(
        json::Value::object({{std::string(kMerge), inputs_}, {std::string(kChanges), std::move(rows)}}));
    rows = json::Value::array();
  };
  for (const transform::ModuleChange& one : source_.changes()) {
    if (!one.complete || !known_.insert(one.place).second) continue;
    rows.push_back(json::Value::array({static_cast<std::uint64_t>(one.place),
                                       std::bit_cast<std::uint64_t>(one.change.change_squared),
                                       std::bit_cast<std::uint64_t>(one.change.weight_squared),
                                       one.change.elements, one.change.unchanged}));
    if (rows.items().size() == kFiguresOfRecord) close();
  }
  close();
  return records;
}

void MergeFigures::recall(const json::Value& fact) {
  const json::Value* inputs = fact.find(kMerge);
  const json::Value* changes = fact.find(kChanges);
  if (inputs == nullptr || inputs->string() != inputs_ || changes == nullptr) return;
  for (const json::Value& row : changes->items()) {
    std::vector<std::uint64_t> numbers;
    for (const json::Value& number : row.items())
      if (const auto value = number.as_uint()) numbers.push_back(*value);
    if (numbers.size() != 5) continue;
    const transform::Change change{.change_squared = std::bit_cast<double>(numbers[1]),
                                   .weight_squared = std::bit_cast<double>(numbers[2]),
                                   .elements = numbers[3],
                                   .unchanged = numbers[4]};
    if (source_.recall(numbers[0], change)) known_.insert(numbers[0]);
  }
}

}  // namespace slipway::flow
