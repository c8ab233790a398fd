#include <algorithm>

#include <fmt/format.h>

#include "pickle/machine.h"

namespace slipway::pickle {
namespace {

// Depth first, with a stack of its own: a node is closed after all that is below it.
class Walk {
 public:
  Walk(const Graph& graph, const Limits& limits, bool strict)
      : graph_(graph), limits_(limits), strict_(strict), seen_(graph.size()) {}

  Result<void> from(NodeId root) {
    open(root);
    while (!path_.empty()) {
      Step& step = path_.back();
      if (step.next == child_count(graph_.at(step.node))) {
        SLIPWAY_TRY(close());
      } else if (const NodeId below = child(graph_.at(step.node), step.next++); below != kNoNode) {
        SLIPWAY_TRY(meet(below));
      }
    }
    return {};
  }

 private:
  struct Seen {
    bool open = false;
    std::uint32_t depth = 0;  // 0: not closed yet
    std::uint64_t leaves = 0;
  };
  struct Step {
    NodeId node = 0;
    std::size_t next = 0;
    std::uint32_t depth = 1;
    std::uint64_t leaves = 1;
  };

  void open(NodeId node) {
    seen_[node].open = true;
    path_.push_back({.node = node});
  }

  Result<void> meet(NodeId node) {
    const Seen& seen = seen_[node];
    if (seen.open) {
      if (strict_) return fail(ErrorCode::kCorruptData, "an object of the pickle contains itself");
      return {};
    }
    if (seen.depth != 0) return count(path_.back(), seen);
    if (path_.size() >= limits_.depth_max) return too_deep();
    open(node);
    return {};
  }

  Result<void> count(Step& step, const Seen& below) const {
    step.depth = std::max(step.depth, below.depth + 1);
    step.leaves = std::min<std::uint64_t>(step.leaves + below.leaves, limits_.leaves_max + 1);
    if (step.depth > limits_.depth_max) return too_deep();
    if (strict_ && step.leaves > limits_.leaves_max)
      return fail(ErrorCode::kUnsupported, "the pickle grows past all bounds when it is written out");
    return {};
  }

  Result<void> close() {
    const Step done = path_.back();
    path_.pop_back();
    seen_[done.node] = {.open = false, .depth = done.depth, .leaves = done.leaves};
    return path_.empty() ? Result<void>{} : count(path_.back(), seen_[done.node]);
  }

  std::unexpected<Error> too_deep() const {
    return fail(ErrorCode::kUnsupported,
                fmt::format("the pickle is nested deeper than {} levels", limits_.depth_max));
  }

  const Graph& graph_;
  const Limits& limits_;
  bool strict_;
  std::vector<Seen> seen_;
  std::vector<Step> path_{};
};

}  // namespace

Result<void> check_shape(const Graph& graph, const Limits& limits, bool strict) {
  return Walk(graph, limits, strict).from(graph.root());
}

}  // namespace slipway::pickle
