#include "release/layer_check.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include "slipway/json.h"

namespace slipway::release {
namespace {

constexpr std::size_t kDigitsMax = 5;
constexpr std::size_t kAlikeMin = 2;   // so many others must agree
constexpr std::size_t kStackMin = 3;   // layers of one form that make a stack of them
constexpr std::size_t kPartsMin = 5;   // tensors of a layer worth the name: attention, not one convolution
constexpr std::size_t kFormsMax = 64;  // of the layers of one stack
constexpr std::size_t kOddMax = 2;     // tensors: a layer that differs in more is of another kind
constexpr auto kProjections = std::to_array<std::string_view>(
    {"q_proj", "k_proj", "v_proj", "o_proj", "out_proj", "up_proj", "down_proj", "gate_proj", "qkv_proj",
     "query_key_value", "c_attn", "c_proj", "c_fc", "fc1", "fc2"});
constexpr std::size_t kMatrixDims = 2;  // convolutions have more, and widen from layer to layer

// "model.layers.12.mlp.up_proj.weight": stack "model.layers", number 12, part "mlp.up_proj.weight".
struct LayerName {
  std::string stack{};
  std::uint64_t number = 0;
  std::string part{};
};

std::optional<LayerName> layer_name(std::string_view name) {
  for (std::size_t from = name.find('.'); from != std::string_view::npos; from = name.find('.', from + 1)) {
    const std::size_t end = name.find('.', from + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view digits = name.substr(from + 1, end - from - 1);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (digits.empty() || digits.size() > kDigitsMax || !std::ranges::all_of(digits, is_digit)) continue;
    return LayerName{.stack = std::string(name.substr(0, from)),
                     .number = std::stoul(std::string(digits)),
                     .part = std::string(name.substr(end + 1))};
  }
  return std::nullopt;
}

using Layer = std::map<std::string, const tensor::TensorInfo*>;  // by part
using Stack = std::map<std::uint64_t, Layer>;

class StackCheck {
 public:
  StackCheck(const std::string& name, const Stack& stack) : name_(name), stack_(stack) {
    for (const auto& [number, layer] : stack) {
      std::set<std::string> parts;
      for (const auto& [part, info] : layer) parts.insert(part);
      forms_[std::move(parts)].push_back(number);
    }
  }

  std::vector<OddTensor> run() {
    if (forms_.size() > kFormsMax) return {};  // nothing can be called usual there
    for (const auto& [parts, numbers] : forms_)
      if (numbers.size() == 1) judge_form(parts, numbers.front());
    for (const auto& [parts, numbers] : forms_) {
      if (numbers.size() < kStackMin || parts.size() < kPartsMin) continue;
      judge_looks(parts, numbers);
      judge_numbers(parts, numbers);
    }
    return std::move(odd_);
  }

 private:
  std::string full(std::uint64_t number, const std::string& part) const {
    return fmt::format("{}.{}.{}", name_, number, part);
  }

  // The first and the last layer may lack a norm, or what comes from a neighbour, but no projection.
  bool may_lack(std::uint64_t number, std::string_view part) const {
    const bool at_edge = number == stack_.begin()->first || number == stack_.rbegin()->first;
    return at_edge &&
           std::ranges::none_of(kProjections, [part](std::string_view one) { return part.contains(one); });
  }

  // A layer of a form of its own, which lacks one part of a form that several have.
  void judge_form(const std::set<std::string>& parts, std::uint64_t number) {
    for (const auto& [others, numbers] : forms_) {
      if (numbers.size() < kAlikeMin) continue;
      std::vector<std::string> missing;
      std::vector<std::string> added;
      std::ranges::set_difference(others, parts, std::back_inserter(missing));
      std::ranges::set_difference(parts, others, std::back_inserter(added));
      const bool renamed = missing.size() == 1 && added.size() == 1;
      const bool lacks = missing.size() == 1 && added.empty() && !may_lack(number, missing.front());
      if (!renamed && !lacks) continue;
      const std::string& file = stack_.at(number).begin()->second->file;
      odd_.push_back(
          {.name = full(number, missing.front()),
           .file = file,
           .message =
               renamed
                   ? fmt::format("{} is missing and {} stands in its place, alone among the layers: "
                                 "loaders would fill the first with random values; save the model again",
                                 full(number, missing.front()), full(number, added.front()))
                   : fmt::format("{} is missing, and every other layer has it: loaders would fill it with "
                                 "random values; save the model again",
                                 full(number, missing.front()))});
      return;
    }
  }

  using Looks =
      std::map<std::string, std::vector<std::uint64_t>>;  // numbers of the layers, by how a part looks

  // One tensor of another shape or type than all its like, in layers that are otherwise alike.
  void judge_looks(const std::set<std::string>& parts, const std::vector<std::uint64_t>& numbers) {
    std::size_t alike = 0;
    std::map<std::uint64_t, std::vector<std::pair<std::string, Looks>>> alone;
    for (const std::string& part : parts) {
      Looks looks;
      for (const std::uint64_t number : numbers)
        looks[look_of(*stack_.at(number).at(part))].push_back(number);
      if (looks.size() == 1) ++alike;
      if (const auto number = odd_one(looks)) alone[*number].emplace_back(part, std::move(looks));
    }
    for (const auto& [number, odd] : alone) {
      if (odd.size() > kOddMax || 2 * alike < parts.size()) continue;
      for (const auto& [part, looks] : odd) report_look(*stack_.at(number).at(part), looks);
    }
  }

  static std::optional<std::uint64_t> odd_one(const Looks& looks) {
    if (looks.size() != 2) return std::nullopt;
    const auto& first = looks.begin()->second;
    const auto& last = looks.rbegin()->second;
    if (first.size() == 1 && last.size() >= kAlikeMin) return first.front();
    if (last.size() == 1 && first.size() >= kAlikeMin) return last.front();
    return std::nullopt;
  }

  void report_look(const tensor::TensorInfo& info, const Looks& looks) {
    const std::string odd = look_of(info);
    const std::string& usual = looks.begin()->first == odd ? looks.rbegin()->first : looks.begin()->first;
    odd_.push_back({.name = info.name,
                    .file = info.file,
                    .message = fmt::format("{} is {}, and {} in every other layer; save the model again",
                                           info.name, odd, usual)});
  }

  // A number that is left out among layers of matrices.
  void judge_numbers(const std::set<std::string>& parts, const std::vector<std::uint64_t>& numbers) {
    const Layer& layer = stack_.at(numbers.front());
    const bool matrices = std::ranges::all_of(
        parts, [&](const std::string& part) { return layer.at(part)->shape.size() <= kMatrixDims; });
    if (!matrices) return;
    for (std::uint64_t number = stack_.begin()->first; number < stack_.rbegin()->first; ++number) {
      if (stack_.contains(number)) continue;
      odd_.push_back({.name = fmt::format("{}.{}", name_, number),
                      .file = layer.begin()->second->file,
                      .message = fmt::format("{}.{} has no tensor, and the layers before and behind it have: "
                                             "loaders would fill it with random values; save the model again",
                                             name_, number)});
      return;
    }
  }

  static std::string look_of(const tensor::TensorInfo& info) {
    if (info.shape.size() > kMatrixDims) return std::string(tensor::dtype_name(info.dtype));
    return fmt::format("{} [{}]", tensor::dtype_name(info.dtype), fmt::join(info.shape, ", "));
  }

  const std::string& name_;
  const Stack& stack_;
  std::map<std::set<std::string>, std::vector<std::uint64_t>> forms_{};
  std::vector<OddTensor> odd_{};
};

// Quantisers leave single tensors as they are, and an adapter may be of some layers alone.
bool may_differ(const run::RunFacts& run) {
  if (!run.adapter) return !run.dequantised && model::is_quantised(run.metadata);
  const json::Value config = model::value_of(run.metadata, "adapter_config.json");
  const auto is_set = [&config](std::string_view key) {
    const json::Value* value = config.find(key);
    return value != nullptr && !value->is_null() && !(value->is_object() && value->members().empty());
  };
  const json::Value* modules = config.find("target_modules");
  return (modules != nullptr && modules->is_string()) ||
         std::ranges::any_of(
             std::to_array<std::string_view>({"layers_to_transform", "layer_replication", "rank_pattern",
                                              "exclude_modules", "target_parameters"}),
             is_set);
}

}  // namespace

std::vector<OddTensor> odd_tensors_of(const run::RunFacts& run,
                                      std::span<const tensor::TensorInfo> catalogue) {
  return may_differ(run) ? std::vector<OddTensor>() : odd_tensors(catalogue);
}

std::vector<OddTensor> odd_tensors(std::span<const tensor::TensorInfo> catalogue) {
  std::map<std::string, Stack> stacks;
  for (const tensor::TensorInfo& info : catalogue) {
    if (auto name = layer_name(info.name)) stacks[name->stack][name->number][name->part] = &info;
  }
  std::vector<OddTensor> odd;
  for (const auto& [name, stack] : stacks)
    std::ranges::move(StackCheck(name, stack).run(), std::back_inserter(odd));
  return odd;
}

}  // namespace slipway::release
