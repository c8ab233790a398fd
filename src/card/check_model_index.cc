// The evaluation results of a card, as hub-docs' modelcard.md shapes them.
#include "card/check.h"

namespace slipway::card {
namespace {

void check_dataset(const Place& dataset, Check& check) {
  if (!check.require_map(dataset)) return;
  check.require_text(dataset.member("type"));
  check.require_text(dataset.member("name"));
  for (const std::string_view key : {"config", "split", "revision"}) check.text(dataset.member(key));
}

void check_metrics(const Place& metrics, Check& check) {
  if (!check.require_list(metrics)) return;
  for (const Place& metric : metrics.items()) {
    if (!check.map(metric)) continue;
    check.require_text(metric.member("type"));
    check.text(metric.member("name"));
    if (metric.member("value").node == nullptr) check.refuse(metric.member("value"), "is required");
    check.text(metric.member("config"));
  }
}

void check_result(const Place& result, Check& check) {
  if (!check.map(result)) return;
  const Place task = result.member("task");
  if (check.require_map(task)) {
    check.require_text(task.member("type"));
    check.text(task.member("name"));
  }
  check_dataset(result.member("dataset"), check);
  check_metrics(result.member("metrics"), check);
  const Place source = result.member("source");
  if (source.node == nullptr || !check.map(source)) return;
  check.require_text(source.member("url"));
  check.text(source.member("name"));
}

}  // namespace

void check_model_index(const Place& index, Check& check) {
  if (index.node == nullptr || !check.list(index)) return;
  for (const Place& entry : index.items()) {
    if (!check.map(entry)) continue;
    check.require_text(entry.member("name"));
    const Place results = entry.member("results");
    if (!check.require_list(results)) continue;
    for (const Place& result : results.items()) check_result(result, check);
  }
}

}  // namespace slipway::card
