#include "tensor/torch/state_dict.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

#include "pickle/look.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

using pickle::Kind;
using pickle::NodeId;

constexpr std::size_t kValuesMax = 1u << 20;
constexpr std::size_t kNameBytesMax = 4096;

class Walk {
 public:
  explicit Walk(const TorchFile& file) : file_(file), graph_(file.graph()) {}

  Result<StateDict> from(NodeId root) {
    SLIPWAY_TRY(visit("", root, 0));
    return std::move(found_);
  }

 private:
  Result<void> visit(const std::string& name, NodeId id, std::size_t depth) {
    if (++values_ > kValuesMax || depth > pickle::Limits{}.depth_max)
      return fail(ErrorCode::kUnsupported, "holds more values than are read");
    if (file_.is_tensor(id)) return add(name, id);
    if (pickle::is_mapping(graph_, id)) return visit_mapping(name, id, depth);
    if (const auto* items = pickle::items_of(graph_, id)) {
      for (std::size_t i = 0; i < items->size(); ++i)
        SLIPWAY_TRY(visit(below(name, fmt::format("{}", i)), (*items)[i], depth + 1));
      return {};
    }
    found_.others.push_back(name);
    return {};
  }

  Result<void> visit_mapping(const std::string& name, NodeId id, std::size_t depth) {
    for (const auto& [key, value] : graph_.at(id).pairs) {
      auto text = graph_.text(key);
      if (!text) text = graph_.integer_text(key);
      if (!text) return fail(ErrorCode::kUnsupported, "has a key that is no name");
      std::string dotted = below(name, *text);
      if (dotted.size() > kNameBytesMax) return fail(ErrorCode::kUnsupported, "has a name without end");
      SLIPWAY_TRY(visit(dotted, value, depth + 1));
    }
    return {};
  }

  Result<void> add(const std::string& name, NodeId id) {
    if (!names_.insert(name).second)
      return fail(ErrorCode::kCorruptData,
                  fmt::format("tensor {} stands twice in it; save the model again", shown_name(name)));
    SLIPWAY_ASSIGN_WITHIN(TorchTensor tensor, fmt::format("tensor {}", shown_name(name)), file_.tensor(id));
    found_.tensors.emplace_back(name, std::move(tensor));
    return {};
  }

  static std::string below(const std::string& name, const std::string& key) {
    return name.empty() ? key : fmt::format("{}.{}", name, key);
  }

  const TorchFile& file_;
  const pickle::Graph& graph_;
  StateDict found_{};
  std::unordered_set<std::string> names_{};
  std::size_t values_ = 0;
};

// Nobody's module is called like this; "model" is many a model's, and a script's dict where an optimizer's
// stands beside it.
constexpr auto kWeightDicts = std::to_array<std::string_view>({"state_dict", "model_state_dict", "model"});

std::optional<NodeId> known_dict(const TorchFile& file, NodeId root) {
  const pickle::Graph& graph = file.graph();
  if (!pickle::is_mapping(graph, root)) return std::nullopt;
  const auto& pairs = graph.at(root).pairs;
  const auto is_of_optimizer = [&](const auto& pair) {
    return graph.text(pair.first).value_or("").starts_with("optim");
  };
  if (std::ranges::any_of(pairs, [&](const auto& pair) { return file.is_tensor(pair.second); }))
    return std::nullopt;
  for (const std::string_view known : kWeightDicts) {
    if (known == "model" && std::ranges::none_of(pairs, is_of_optimizer)) continue;
    for (const auto& [key, value] : pairs)
      if (graph.text(key) == known && pickle::is_mapping(graph, value)) return value;
  }
  return std::nullopt;
}

}  // namespace

Result<StateDict> read_state_dict(const TorchFile& file, NodeId root) { return Walk(file).from(root); }

Result<StateDict> read_weights(const TorchFile& file) {
  const NodeId root = file.graph().root();
  const auto inside = known_dict(file, root);
  SLIPWAY_ASSIGN(StateDict found, read_state_dict(file, inside.value_or(root)));
  if (!inside) return found;
  for (const auto& [key, value] : file.graph().at(root).pairs)
    if (value != *inside) found.others.push_back(file.graph().text(key).value_or("a key that is no text"));
  return found;
}

}  // namespace slipway::tensor
