#include "transform/merge/file_names.h"

#include <array>
#include <span>

namespace slipway::transform {
namespace {

struct Renaming {
  std::string_view in_memory;  // whole words between dots
  std::string_view in_files;
};

constexpr auto kVit = std::to_array<Renaming>({{"layers", "encoder.layer"},
                                               {"attention.q_proj", "attention.attention.query"},
                                               {"attention.k_proj", "attention.attention.key"},
                                               {"attention.v_proj", "attention.attention.value"},
                                               {"attention.o_proj", "attention.output.dense"},
                                               {"mlp.fc1", "intermediate.dense"},
                                               {"mlp.fc2", "output.dense"}});
constexpr auto kDinov2 = std::to_array<Renaming>({{"attention.q_proj", "attention.attention.query"},
                                                  {"attention.k_proj", "attention.attention.key"},
                                                  {"attention.v_proj", "attention.attention.value"},
                                                  {"attention.o_proj", "attention.output.dense"},
                                                  {"mlp.down_proj", "mlp.weights_out"}});
constexpr auto kSwin = std::to_array<Renaming>({{"attention.q_proj", "attention.self.query"},
                                                {"attention.k_proj", "attention.self.key"},
                                                {"attention.v_proj", "attention.self.value"},
                                                {"attention.o_proj", "attention.output.dense"},
                                                {"mlp.fc1", "intermediate.dense"},
                                                {"mlp.fc2", "output.dense"}});
constexpr auto kGranite = std::to_array<Renaming>(
    {{"block_sparse_moe.experts.gate_up_proj", "block_sparse_moe.input_linear.weight"},
     {"block_sparse_moe.experts.down_proj", "block_sparse_moe.output_linear.weight"},
     {"block_sparse_moe.router.weight", "block_sparse_moe.router.layer.weight"}});
constexpr auto kNeox = std::to_array<Renaming>({{"lm_head", "embed_out"}});
constexpr std::span<const Renaming> kFamilies[] = {kVit, kDinov2, kSwin, kGranite, kNeox};

bool is_edge(std::string_view name, std::size_t at) {
  return at == 0 || at == name.size() || name[at - 1] == '.' || name[at] == '.';
}

void rename(std::string& name, const Renaming& renaming) {
  const std::size_t at = name.find(renaming.in_memory);
  if (at == std::string::npos || !is_edge(name, at) || !is_edge(name, at + renaming.in_memory.size())) return;
  name.replace(at, renaming.in_memory.size(), renaming.in_files);
}

}  // namespace

std::vector<std::string> names_in_files(std::string_view name) {
  std::vector<std::string> found;
  for (const auto family : kFamilies) {
    std::string other(name);
    for (const Renaming& renaming : family) rename(other, renaming);
    if (other != name) found.push_back(std::move(other));
  }
  return found;
}

}  // namespace slipway::transform
