#include "tensor/dcp/weights_of.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

// Of dicts inside each other, the first that is there.
constexpr auto kWeightDicts = std::to_array<std::string_view>(
    {"model", "state_dict", "model_state_dict", "model_state", "module", "models", "weights", "app"});
constexpr auto kStateDicts =
    std::to_array<std::string_view>({"optim", "scheduler", "lr_scheduler", "dataloader", "train_state", "rng",
                                     "scaler", "loops", "callbacks", "ema_optimizer"});

// "optimizer", "optimizers", "optimizer_0", "optim_state"
bool is_state(std::string_view dict) {
  return std::ranges::any_of(kStateDicts, [&](std::string_view known) { return dict.starts_with(known); });
}

std::string joined(const std::vector<std::string>& path, std::size_t from) {
  std::string name;
  for (std::size_t i = from; i < path.size(); ++i) name += (name.empty() ? "" : ".") + path[i];
  return name;
}

class Choice {
 public:
  explicit Choice(const DcpMetadata& metadata) : metadata_(metadata), taken_(metadata.tensors.size()) {
    std::iota(taken_.begin(), taken_.end(), std::size_t{0});
  }

  Result<DcpWeights> make() {
    while (true) {
      drop_state();
      if (taken_.empty()) return fail(ErrorCode::kNotFound, "holds no tensors of a model");
      const std::set<std::string> dicts = inner_dicts();
      if (dicts.empty()) break;
      SLIPWAY_ASSIGN(const bool entered, enter(dicts));
      if (!entered) break;
    }
    DcpWeights found{.left_out = {left_out_.begin(), left_out_.end()}};
    for (const std::size_t i : taken_)
      found.weights.push_back({i, joined(metadata_.tensors[i].path, depth_)});
    return found;
  }

 private:
  const std::vector<std::string>& path(std::size_t i) const { return metadata_.tensors[i].path; }
  bool is_inside(std::size_t i) const { return path(i).size() > depth_ + 1; }

  void drop_state() {
    std::erase_if(taken_, [&](std::size_t i) {
      const std::string& word = path(i)[depth_];
      if (!is_inside(i) || !is_state(word)) return false;
      left_out_.insert(word);
      return true;
    });
  }

  std::set<std::string> inner_dicts() const {
    std::set<std::string> dicts;
    for (const std::size_t i : taken_)
      if (is_inside(i)) dicts.insert(path(i)[depth_]);
    return dicts;
  }

  Result<bool> enter(const std::set<std::string>& dicts) {
    for (const std::string_view known : kWeightDicts) {
      const auto dict = dicts.find(std::string(known));
      if (dict == dicts.end()) continue;
      keep(*dict);
      return true;
    }
    const bool plain = std::ranges::any_of(taken_, [&](std::size_t i) { return !is_inside(i); });
    if (plain) return false;  // a model's own tensors, some of them in dicts
    if (dicts.size() > 1) {
      return fail(
          ErrorCode::kRefused,
          fmt::format("holds the dicts {}, and none of them is known as the weights: save the model's "
                      "state dict alone, or under \"model\"",
                      fmt::join(shown(dicts), ", ")));
    }
    keep(*dicts.begin());
    return true;
  }

  static std::vector<std::string> shown(const std::set<std::string>& dicts) {
    std::vector<std::string> names;
    for (const std::string& dict : dicts)
      if (names.size() < 8) names.push_back(shown_name(dict));
    return names;
  }

  void keep(const std::string& dict) {
    std::erase_if(taken_, [&](std::size_t i) {
      const bool inside = is_inside(i) && path(i)[depth_] == dict;
      if (!inside) left_out_.insert(path(i)[depth_]);
      return !inside;
    });
    ++depth_;
  }

  const DcpMetadata& metadata_;
  std::vector<std::size_t> taken_;
  std::size_t depth_ = 0;
  std::set<std::string> left_out_{};
};

}  // namespace

Result<DcpWeights> weights_of(const DcpMetadata& metadata) { return Choice(metadata).make(); }

}  // namespace slipway::tensor
