// transform/expert_names.h - what the tensors of a model's experts are called: one by one, as files and
// transformers 4 keep them, and stacked, as transformers 5 holds them.
//
// Contract   Pure, by name. A stack is the experts in order; in gate_up_proj each expert's gate rows stand
//            before its other half's.
// Threads    value
// Source     transformers 5 conversion_mapping.py ("mixtral", "qwen2_moe")
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::transform {

// A stacked parameter, and what its parts are called where each expert's lie alone.
struct StackedNames {
  std::string_view stacked;
  std::array<std::string_view, 2> parts;  // "" for none
  std::size_t part_count() const { return parts[1].empty() ? 1 : 2; }
};
std::span<const StackedNames> stacked_names();

// Where a file may keep the experts of a module: Mixtral's are called otherwise in memory. The module's own
// name first.
std::vector<std::string> expert_folders(const std::string& module);
// The same of any name: "mlp" for "block_sparse_moe" and back, where experts or their router follow; "" where
// there is no such name.
std::string other_expert_name(std::string_view name);

// "model.layers.0.block_sparse_moe.experts.3.w1" in the stack.
struct ExpertPlace {
  std::string folder{};  // "model.layers.0.block_sparse_moe.experts"
  std::uint64_t expert = 0;
  StackedNames names{};
  std::size_t part = 0;
};
std::optional<ExpertPlace> expert_place(std::string_view module);

}  // namespace slipway::transform
