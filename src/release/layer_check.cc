#include "release/layer_check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace slipway::release {
namespace {

constexpr std::size_t kDigitsMax = 5;
constexpr std::size_t kAlikeMin = 2;  // so many others must agree

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
    for (const auto& [parts, numbers] : forms_)
      if (numbers.size() == 1) judge_form(parts, numbers.front());
    for (const auto& [parts, numbers] : forms_)
      if (numbers.size() > kAlikeMin)
        for (const std::string& part : parts) judge_part(part, numbers);
    return std::move(odd_);
  }

 private:
  std::string full(std::uint64_t number, const std::string& part) const {
    return fmt::format("{}.{}.{}", name_, number, part);
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
      const bool lacks = missing.size() == 1 && added.empty() && number != 0;
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

  // One tensor of another shape or type than all its like, which agree.
  void judge_part(const std::string& part, const std::vector<std::uint64_t>& numbers) {
    std::map<std::string, std::vector<std::uint64_t>> looks;
    for (const std::uint64_t number : numbers) looks[look_of(*stack_.at(number).at(part))].push_back(number);
    if (looks.size() != 2) return;
    const bool first_alone = looks.begin()->second.size() == 1;
    const auto& [odd, alone] = first_alone ? *looks.begin() : *looks.rbegin();
    const auto& [usual, others] = first_alone ? *looks.rbegin() : *looks.begin();
    if (alone.size() != 1 || others.size() < kAlikeMin) return;
    const tensor::TensorInfo& info = *stack_.at(alone.front()).at(part);
    odd_.push_back({.name = info.name,
                    .file = info.file,
                    .message = fmt::format("{} is {}, and {} in every other layer; save the model again",
                                           info.name, odd, usual)});
  }

  static std::string look_of(const tensor::TensorInfo& info) {
    return fmt::format("{} [{}]", tensor::dtype_name(info.dtype), fmt::join(info.shape, ", "));
  }

  const std::string& name_;
  const Stack& stack_;
  std::map<std::set<std::string>, std::vector<std::uint64_t>> forms_{};
  std::vector<OddTensor> odd_{};
};

}  // namespace

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
