#include "run/inspect_json.h"

namespace slipway::run {
namespace {

json::Value text_or_null(const std::string& text) { return text.empty() ? json::Value() : json::Value(text); }

json::Value adapter_json(const AdapterFacts& adapter) {
  return json::Value::object({{"peft_type", text_or_null(adapter.peft_type)},
                              {"task_type", text_or_null(adapter.task_type)},
                              {"base", text_or_null(adapter.base)},
                              {"revision", text_or_null(adapter.revision.value_or(""))},
                              {"rank", adapter.rank ? json::Value(*adapter.rank) : json::Value()}});
}

json::Value tensor_json(const tensor::TensorInfo& info) {
  json::Value shape = json::Value::array();
  for (const std::uint64_t extent : info.shape) shape.push_back(json::Value(extent));
  return json::Value::object({{"name", info.name},
                              {"dtype", tensor::dtype_name(info.dtype)},
                              {"shape", std::move(shape)},
                              {"bytes", info.size_bytes},
                              {"file", info.file}});
}

json::Value problem_json(const std::string& code, const std::string& file, const std::string& message) {
  return json::Value::object({{"code", code}, {"file", text_or_null(file)}, {"message", message}});
}

json::Value problems_json(const RunFacts& facts) {
  json::Value problems = json::Value::array();
  for (const Problem& problem : facts.problems) {
    problems.push_back(problem_json(problem.code, problem.file, problem.message));
  }
  if (!facts.weights) return problems;
  for (const std::string& warning : facts.weights->set.warnings) {
    problems.push_back(problem_json("weights-odd", warning.substr(0, warning.find(": ")), warning));
  }
  return problems;
}

}  // namespace

json::Value inspect_json(const RunFacts& facts) {
  json::Value tensors = json::Value::array();
  std::uint64_t bytes = 0;
  if (facts.weights) {
    for (const tensor::TensorInfo& info : facts.weights->source->catalogue()) {
      tensors.push_back(tensor_json(info));
      bytes += info.size_bytes;
    }
  }
  return json::Value::object({{"kind", model::kind_name(facts.kind)},
                              {"format", text_or_null(facts.format)},
                              {"adapter", facts.adapter ? adapter_json(*facts.adapter) : json::Value()},
                              {"path", facts.folder},
                              {"step", facts.step ? json::Value(*facts.step) : json::Value()},
                              {"base", text_or_null(facts.base)},
                              {"tensors", std::move(tensors)},
                              {"bytes", bytes},
                              {"problems", problems_json(facts)}});
}

}  // namespace slipway::run
