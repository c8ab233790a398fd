#include "card/model_index.h"

#include <algorithm>
#include <cmath>

#include "card/markdown.h"
#include "card/table.h"

namespace slipway::card {
namespace {

using Members = std::vector<std::pair<std::string, json::Value>>;

// A list of maps that JSON can hold; anything else is a person's affair.
bool can_be_edited(const yaml::Node& node) {
  if (node.kind == yaml::Kind::kTimestamp || node.overflow) return false;
  if (node.kind == yaml::Kind::kFloat && !std::isfinite(node.real)) return false;
  const auto member = [](const auto& pair) {
    return pair.first.kind == yaml::Kind::kString && can_be_edited(pair.second);
  };
  return std::ranges::all_of(node.items, can_be_edited) && std::ranges::all_of(node.members, member);
}

std::string text_at(const json::Value& value, std::string_view outer, std::string_view inner) {
  const json::Value* part = value.find(outer);
  const json::Value* text = part == nullptr ? nullptr : part->find(inner);
  return text == nullptr ? "" : text->string();
}

std::string entry_name(const json::Value& entry) {
  const json::Value* name = entry.find("name");
  return name == nullptr ? "" : name->string();
}

class Index {
 public:
  Index(json::Value list, const CardFacts& facts, const std::vector<Setting>& shown)
      : list_(std::move(list)), facts_(facts), shown_(shown), task_(model::pipeline_tag(task_of(facts))) {}

  json::Value renewed() {
    take_ours_out();
    put_ours_in();
    json::Value kept = json::Value::array();
    for (std::size_t i = 0; i < list_.items().size(); ++i) {
      const json::Value* results = list_.items()[i].find("results");
      const bool emptied = entry_ == i && results != nullptr && results->items().empty();
      if (!emptied) kept.push_back(list_.items()[i]);
    }
    return kept;
  }

 private:
  bool is_shown(const json::Value& metric) const {
    const json::Value* type = metric.find("type");
    const json::Value* value = metric.find("value");
    const auto number = value == nullptr ? std::nullopt : value->as_double();
    if (type == nullptr || !number) return false;
    const Setting row{title_of(type->string()), number_text(*number)};
    const auto is_now = [&](const Metric& one) { return one.key == type->string() && one.value == *number; };
    return std::ranges::find(shown_, row) != shown_.end() ||
           std::ranges::any_of(*facts_.training.metrics, is_now);
  }

  // A result of our task that holds nothing but what the evaluation part shows, or will show.
  bool is_ours(const json::Value& result) const {
    const json::Value* metrics = result.find("metrics");
    if (metrics == nullptr || metrics->items().empty() || text_at(result, "task", "type") != task_)
      return false;
    return std::ranges::all_of(metrics->items(), [&](const json::Value& metric) { return is_shown(metric); });
  }

  void take_ours_out() {
    json::Value entries = json::Value::array();
    for (const json::Value& entry : list_.items()) {
      const json::Value* results = entry.find("results");
      json::Value kept = json::Value::array();
      const std::size_t number = entries.items().size();
      for (const json::Value& result :
           results == nullptr ? std::span<const json::Value>() : results->items()) {
        if (!is_ours(result)) {
          kept.push_back(result);
        } else if (!old_) {
          old_ = result;
          entry_ = number;
          at_ = kept.items().size();
        }
      }
      json::Value copy = entry;
      if (results != nullptr && results->is_array()) copy.set("results", std::move(kept));
      entries.push_back(std::move(copy));
    }
    list_ = std::move(entries);
  }

  // Where only an earlier card knows the data set, its result says which one was evaluated.
  json::Value dataset() const {
    const json::Value* old = old_ ? old_->find("dataset") : nullptr;
    if (facts_.datasets.empty() || facts_.datasets_from_card) return old == nullptr ? json::Value() : *old;
    if (!facts_.datasets_complete) return {};
    const bool one = facts_.datasets.size() == 1;
    const std::string type = one ? facts_.datasets.front() : "mixture";
    Members members{{"type", type}, {"name", listed(facts_.datasets)}};
    const bool same = old != nullptr && text_at(*old_, "dataset", "type") == type;
    const auto add = [&](const char* key, const std::string& known) {
      const std::string text = known.empty() && same ? text_at(*old_, "dataset", key) : known;
      if (one && !text.empty()) members.emplace_back(key, text);
    };
    add("config", facts_.training.eval_config);
    add("split", facts_.training.eval_split);
    return json::Value::object(std::move(members));
  }

  json::Value metrics() const {
    json::Value metrics = json::Value::array();
    for (const Metric& metric : *facts_.training.metrics) {
      if (!std::isfinite(metric.value)) continue;
      metrics.push_back(json::Value::object(
          {{"type", metric.key}, {"value", metric.value}, {"name", title_of(metric.key)}}));
    }
    return metrics;
  }

  void put_ours_in() {
    json::Value measured = metrics();
    json::Value where = dataset();
    if (measured.items().empty() || !where.is_object() || task_.empty()) return;
    std::string task_name = title_of(task_);
    std::ranges::replace(task_name, '-', ' ');
    const json::Value task = json::Value::object({{"type", task_}, {"name", task_name}});
    insert(json::Value::object(
        {{"task", task}, {"dataset", std::move(where)}, {"metrics", std::move(measured)}}));
  }

  void insert(json::Value result) {
    std::vector<json::Value> entries(list_.items().begin(), list_.items().end());
    const std::size_t number = entry_ ? *entry_ : entry_named(entries);
    if (number == entries.size()) {
      entries.push_back(
          json::Value::object({{"name", facts_.model_name}, {"results", json::Value::array()}}));
    }
    json::Value& entry = entries[number];
    const bool has_name = !entry_name(entry).empty();
    if (old_ && (facts_.named || !has_name)) entry.set("name", facts_.model_name);
    const json::Value* results = entry.find("results");
    std::vector<json::Value> all(results->items().begin(), results->items().end());
    all.insert(all.begin() + static_cast<std::ptrdiff_t>(std::min(at_, all.size())), std::move(result));
    entry.set("results", json::Value::array(std::move(all)));
    list_ = json::Value::array(std::move(entries));
  }

  std::size_t entry_named(const std::vector<json::Value>& entries) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const json::Value* results = entries[i].find("results");
      if (entry_name(entries[i]) != facts_.model_name || results == nullptr) continue;
      at_ = results->items().size();
      if (results->is_array()) return i;
    }
    return entries.size();
  }

  json::Value list_;
  const CardFacts& facts_;
  const std::vector<Setting>& shown_;
  std::string task_;
  std::optional<json::Value> old_{};  // our result as it stood
  std::optional<std::size_t> entry_{};
  std::size_t at_ = 0;
};

// The text of a generated card shows four digits after the point.
bool is_measured(const json::Value& metric, const std::vector<Metric>& measured) {
  const json::Value* name = metric.find("name");
  const json::Value* value = metric.find("value");
  const auto number = value == nullptr ? std::nullopt : value->as_double();
  if (name == nullptr || !number) return false;
  return std::ranges::any_of(measured, [&](const Metric& one) {
    return one.key == name->string() && std::abs(one.value - *number) < 0.6e-4;
  });
}

bool is_generated(const json::Value& result, const std::vector<Metric>& measured) {
  const json::Value* metrics = result.find("metrics");
  return metrics != nullptr &&
         std::ranges::all_of(metrics->items(), [&](const auto& one) { return is_measured(one, measured); });
}

}  // namespace

std::optional<json::Value> persons_model_index(const yaml::Node* existing,
                                               const std::vector<Metric>& measured) {
  if (existing == nullptr || existing->kind != yaml::Kind::kList || !can_be_edited(*existing))
    return std::nullopt;
  const json::Value list = yaml::to_json(*existing);
  json::Value kept = json::Value::array();
  for (const json::Value& entry : list.items()) {
    const json::Value* results = entry.find("results");
    if (results == nullptr) continue;
    json::Value theirs = json::Value::array();
    for (const json::Value& result : results->items()) {
      if (!is_generated(result, measured)) theirs.push_back(result);
    }
    if (theirs.items().empty()) continue;
    json::Value copy = entry;
    copy.set("results", std::move(theirs));
    kept.push_back(std::move(copy));
  }
  if (kept.items().empty()) return std::nullopt;
  return kept;
}

std::optional<json::Value> renewed_model_index(const yaml::Node* existing, const CardFacts& facts,
                                               const std::vector<Setting>& shown_results) {
  if (!facts.training.metrics) return std::nullopt;
  const bool none = existing == nullptr || existing->kind == yaml::Kind::kNull;
  if (!none && (existing->kind != yaml::Kind::kList || !can_be_edited(*existing))) return std::nullopt;
  return Index(none ? json::Value::array() : yaml::to_json(*existing), facts, shown_results).renewed();
}

}  // namespace slipway::card
