#include "run/formats.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/glob.h"

namespace slipway::run {
namespace {

struct FormatRow {
  std::string_view format;
  std::string_view title;
  std::array<std::string_view, 5> patterns;  // of a file beside the weights, or one folder below
  std::string_view way_out = "save the model as safetensors";
};

constexpr FormatRow kFormats[] = {
    {"dcp",
     "a PyTorch distributed checkpoint (FSDP)",
     {"pytorch_model_fsdp_0/.metadata", "__*_*.distcp", "pytorch_model_fsdp_0/__*_*.distcp",
      "shard-*-model-*-of-*.safetensors", "sharded/shard-*-model-*-of-*.safetensors"}},
    {"zero", "a DeepSpeed ZeRO checkpoint", {"global_step*/*", "pytorch_model/*_states.pt", "", "", ""}},
    {"torch",
     "an FSDP checkpoint of which every rank keeps its own pickled part (LOCAL_STATE_DICT, or use_dcp=False)",
     {"pytorch_model_fsdp_rank*.bin", "pytorch_model_fsdp_*_rank*.bin", "", "", ""},
     "load it into the training it is of, and save with SHARDED_STATE_DICT or FULL_STATE_DICT"},
    {"torch",
     "a checkpoint of verl, pickled per rank",
     {"model_world_size_*_rank_*.pt", "", "", "", ""},
     "merge it with verl's model_merger first"},
    {"torch",
     "a PyTorch .bin checkpoint",
     {"pytorch_model.bin", "pytorch_model-*-of-*.bin", "adapter_model.bin", "pytorch_model_fsdp.bin", ""}},
    {"torch",
     "a checkpoint of PyTorch Lightning",
     {"*.ckpt", "*/*.ckpt", "", "", ""},
     "load it into its LightningModule, and save the model inside of that with save_pretrained"},
    {"torch",
     "a pickled checkpoint of torchtune",
     {"hf_model_*_*.pt", "meta_model_*.pt", "adapter_*.pt", "", ""},
     "save it with safe_serialization: True in torchtune's checkpointer"},
    {"gguf", "a GGUF file", {"*.gguf", "", "", "", ""}},
};

bool shows(const FormatRow& row, const std::string& path) {
  const bool is_below = path.find('/') != std::string::npos;
  return std::ranges::any_of(row.patterns, [&](std::string_view pattern) {
    const bool same_level = (pattern.find('/') != std::string_view::npos) == is_below;  // "*" crosses "/"
    return !pattern.empty() && same_level && glob_match(pattern, path);
  });
}

}  // namespace

std::vector<ForeignFormat> foreign_formats(const Walked& walked) {
  std::vector<ForeignFormat> found;
  for (const FormatRow& row : kFormats) {
    const auto file =
        std::ranges::find_if(walked.files, [&](const RunFile& f) { return shows(row, f.path); });
    if (file == walked.files.end()) continue;
    found.push_back({.format = std::string(row.format),
                     .file = file->path,
                     .title = std::string(row.title),
                     .way_out = std::string(row.way_out)});
  }
  return found;
}

bool is_of_format(std::string_view format, const std::string& path) {
  return std::ranges::any_of(kFormats,
                             [&](const FormatRow& row) { return row.format == format && shows(row, path); });
}

std::vector<std::string> torch_files(const Walked& walked) {
  std::vector<std::string> found;
  for (const RunFile& file : walked.files) {
    const bool index =
        file.path == "pytorch_model.bin.index.json" || file.path == "adapter_model.bin.index.json";
    if (index || is_of_format("torch", file.path)) found.push_back(file.path);
  }
  return found;
}

}  // namespace slipway::run
