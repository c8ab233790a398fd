#include "run/weights.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <span>

#include <fmt/format.h>
#include "model/adapter_names.h"
#include "os/os_error.h"
#include "run/checkpoints.h"
#include "run/formats.h"
#include "tensor/dcp/open_dcp.h"
#include "tensor/dcp/sharded_safetensors.h"
#include "tensor/shard_name.h"
#include "tensor/tensor_name.h"
#include "tensor/torch/torch_weights.h"
#include "tensor/zero/zero_weights.h"

namespace slipway::run {
namespace {

constexpr std::size_t kNamedMax = 5;  // checkpoints, or files, that one message lists

std::string_view stem_of(const RunFacts& facts) { return facts.adapter ? "adapter_model" : "model"; }

std::string listed(const std::vector<std::string>& names) {
  const std::span<const std::string> shown(names.data(), std::min(names.size(), kNamedMax));
  const std::string more =
      names.size() > kNamedMax ? fmt::format(" and {} more", names.size() - kNamedMax) : "";
  return fmt::format("{}{}", fmt::join(shown, ", "), more);
}

// Where to go from a folder that cannot be used.
std::string way_out(const Walked& walked) {
  const auto usable = usable_checkpoints(walked);
  if (usable.empty()) return "";
  return fmt::format(" (usable instead: {})", listed(usable));
}

bool is_of_set(std::string_view path, std::string_view stem) {
  if (path == fmt::format("{}.safetensors", stem) || path == fmt::format("{}.safetensors.index.json", stem))
    return true;
  const auto shard = tensor::parse_shard_name(path);
  return shard && shard->stem == stem;
}

// A weight file that is a link out of the run is never read, so the set it belongs to is not either.
template <class IsOfSet>
bool refuse_links(const Walked& walked, RunFacts& facts, const IsOfSet& is_of_it) {
  bool refused = false;
  for (const RunFile& file : walked.files) {
    if (!file.leaves_run || !is_of_it(file.path)) continue;
    facts.problems.push_back(
        {.code = "weights-link",
         .file = file.path,
         .message = fmt::format("{} is a link that leaves the run's folder or leads nowhere; "
                                "replace it by the file it means",
                                file.path),
         .error = ErrorCode::kRefused});
    refused = true;
  }
  return refused;
}

void add_unused(RunFacts& facts, std::string_view code, const std::vector<std::string>& files,
                std::string_view why) {
  if (files.empty()) return;
  facts.problems.push_back({.code = std::string(code),
                            .file = files.front(),
                            .message = fmt::format("{}: {}; a release leaves {} out", listed(files), why,
                                                   files.size() == 1 ? "it" : "them"),
                            .error = ErrorCode::kRefused,
                            .files = files});
}

void note_stale(const Walked& walked, RunFacts& facts) {
  const tensor::WeightSet& set = facts.weights->set;
  const std::string taken = set.index_file.empty() ? set.files.front() : set.index_file;
  add_unused(facts, "stale-weights", set.stale,
             fmt::format("left from another save, loaders take {}", taken));
  const std::vector<std::string> others = torch_files(walked);
  add_unused(facts, "weights-in-two-formats", others,
             fmt::format("weights in another format, loaders take {}", taken));
}

void note_damage(RunFacts& facts, const Error& error) {
  const std::string file = error.context.substr(0, error.context.find(": "));
  facts.problems.push_back(
      {.code = "weights-damaged", .file = file, .message = describe(error), .error = error.code});
}

void note_foreign(const Walked& walked, RunFacts& facts, const ForeignFormat& foreign) {
  facts.format = foreign.format;
  if (foreign.format == kGgufFormat && !facts.adapter) return;  // published as it is, never read
  facts.problems.push_back(
      {.code = "format-not-read",
       .file = foreign.file,
       .message = fmt::format("{} belongs to {}, which this version cannot read; {}{}", foreign.file,
                              foreign.title, foreign.way_out, way_out(walked)),
       .error = ErrorCode::kUnsupported});
}

// trl keeps a trained adapter and its reference in folders of their names.
std::vector<std::string> adapter_folders(const Walked& walked) {
  constexpr std::string_view kConfig = "/adapter_config.json";
  std::vector<std::string> found;
  for (const RunFile& file : walked.files) {
    if (!file.path.ends_with(kConfig)) continue;
    std::string folder = file.path.substr(0, file.path.size() - kConfig.size());
    if (folder.find('/') == std::string::npos && !is_checkpoint(folder)) found.push_back(std::move(folder));
  }
  return found;
}

std::string instead_of(const Walked& walked) {
  const auto usable = usable_checkpoints(walked);
  const auto adapters = adapter_folders(walked);
  if (!adapters.empty())
    return fmt::format("each of these folders holds an adapter, give the one that was trained: {}",
                       listed(adapters));
  return usable.empty() ? "give the folder that training wrote its model to"
                        : fmt::format("use one of its checkpoints: {}", listed(usable));
}

// A shard whose index, which alone says what the set is, was not copied with it; its name, and the index's.
std::optional<std::pair<std::string, std::string>> shard_without_index(const Walked& walked,
                                                                       const RunFacts& facts) {
  for (const RunFile& file : walked.files) {
    for (const std::string_view extension : {".safetensors", ".bin"}) {
      const auto shard = tensor::parse_shard_name(file.path, extension);
      if (!shard || (shard->stem != stem_of(facts) && shard->stem != "pytorch_model")) continue;
      return std::pair(file.path, fmt::format("{}{}.index.json", shard->stem, extension));
    }
  }
  return std::nullopt;
}

void note_absence(const Walked& walked, RunFacts& facts) {
  if (!facts.adapter && facts.metadata.find("adapter_config.json") != nullptr)
    return;  // damaged: told already
  if (const auto shard = shard_without_index(walked, facts)) {
    facts.problems.push_back(
        {.code = "weights-damaged",
         .file = shard->second,
         .message =
             fmt::format("{} is missing beside {}, and no loader finds shards without it; copy it too, "
                         "or save the model again",
                         shard->second, shard->first),
         .error = ErrorCode::kCorruptData});
    return;
  }
  const auto foreign = foreign_formats(walked);
  if (!foreign.empty()) return note_foreign(walked, facts, foreign.front());
  if (facts.adapter) {
    facts.problems.push_back(
        {.code = "adapter-without-weights",
         .file = "adapter_model.safetensors",
         .message = fmt::format("{} has an adapter_config.json, but no adapter_model.safetensors; "
                                "save the adapter again{}",
                                facts.folder, way_out(walked)),
         .error = ErrorCode::kRefused});
    return;
  }
  facts.problems.push_back(
      {.code = "no-weights",
       .file = "",
       .message = fmt::format("{} holds no weights; {}", facts.folder, instead_of(walked)),
       .error = ErrorCode::kRefused});
}

// Embeddings stand outside the numbered layers; "output.weight" is also a name inside of them.
bool is_in_layer(std::string_view name) {
  for (const auto part : std::views::split(name, '.')) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!part.empty() && std::ranges::all_of(part, is_digit)) return true;
  }
  return false;
}

bool is_named(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) && !is_in_layer(name) &&
         (name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.');
}

// The name of a module's weight without the wrappers that peft puts around it.
std::string unwrapped(std::string name) {
  constexpr std::string_view kSaved = ".modules_to_save.";
  constexpr std::string_view kBase = ".base_layer.weight";
  if (name.ends_with(kBase)) return name.substr(0, name.size() - kBase.size()) + ".weight";
  const std::size_t at = name.find(kSaved);
  return at == std::string::npos ? name : name.substr(0, at) + ".weight";
}

std::optional<std::uint64_t> rows_of(std::span<const tensor::TensorInfo> catalogue,
                                     std::span<const std::string_view> suffixes) {
  std::optional<std::uint64_t> most;  // several decoders may have several: no id of any is out of range
  for (const tensor::TensorInfo& info : catalogue) {
    const bool is_matrix = info.shape.size() == 2 && tensor::is_float(info.dtype);
    const std::string name = unwrapped(info.name);
    const auto names = [&name](std::string_view suffix) { return is_named(name, suffix); };
    if (is_matrix && std::ranges::any_of(suffixes, names)) most = std::max(most.value_or(0), info.shape[0]);
  }
  return most;
}

void take(tensor::OpenedWeights weights, std::string_view format, RunFacts& facts) {
  facts.format = format;
  if (weights.source->catalogue().empty()) {
    const std::string& file = weights.set.files.front();
    facts.problems.push_back(
        {.code = "no-weights",
         .file = file,
         .message = fmt::format(
             "{} holds no tensor; save the model again, or give the folder that it was saved to", file),
         .error = ErrorCode::kCorruptData});
    return;
  }
  facts.weights = std::move(weights);
  facts.output_rows = output_rows(facts.weights->source->catalogue());
}

bool is_lora(const tensor::TensorInfo& info) {
  return info.name.find(".lora_A.") != std::string::npos || info.name.find(".lora_B.") != std::string::npos;
}

// Accelerate keeps the state of an adapter's training under a model's name, the base's tensors with it.
Result<tensor::OpenedWeights> if_adapters(const RunFacts& facts, Result<tensor::OpenedWeights> weights) {
  const bool is_its = facts.adapter && weights && std::ranges::any_of(weights->source->catalogue(), is_lora);
  if (weights && !is_its) return fail(ErrorCode::kNotFound, "the weights of a model, not of an adapter");
  return weights;
}

Result<tensor::OpenedWeights> open_state(os::FileSystem& fs, const Walked& walked, const RunFacts& facts) {
  const bool leaves = std::ranges::any_of(
      walked.files, [](const RunFile& file) { return file.leaves_run && is_of_set(file.path, "model"); });
  if (!facts.adapter || leaves) return fail(ErrorCode::kNotFound, "no adapter's state");
  return if_adapters(facts, tensor::open_weights(fs, facts.folder, "model"));
}

struct Reader {
  std::string_view format;
  Result<tensor::OpenedWeights> (*open)(os::FileSystem&, const RunFacts&);
};
Result<tensor::OpenedWeights> open_torch(os::FileSystem& fs, const RunFacts& facts) {
  return tensor::open_torch_weights(fs, facts.folder, facts.adapter ? "adapter_model" : "pytorch_model");
}
Result<tensor::OpenedWeights> open_torch_state(os::FileSystem& fs, const RunFacts& facts) {
  if (!facts.adapter) return fail(ErrorCode::kNotFound, "no adapter");
  return if_adapters(facts, tensor::open_torch_weights(fs, facts.folder, "pytorch_model"));
}
// FSDP's FULL_STATE_DICT.
Result<tensor::OpenedWeights> open_full_fsdp(os::FileSystem& fs, const RunFacts& facts) {
  return tensor::open_torch_weights(fs, facts.folder, "pytorch_model_fsdp");
}
Result<tensor::OpenedWeights> open_dcp(os::FileSystem& fs, const RunFacts& facts) {
  return tensor::open_dcp_weights(fs, facts.folder);
}
Result<tensor::OpenedWeights> open_shards(os::FileSystem& fs, const RunFacts& facts) {
  return tensor::open_sharded_safetensors(fs, facts.folder);
}
Result<tensor::OpenedWeights> open_zero(os::FileSystem& fs, const RunFacts& facts) {
  return tensor::open_zero_weights(fs, facts.folder);
}
// In the order in which they are looked for.
constexpr Reader kReaders[] = {{"torch", open_torch}, {"torch", open_torch_state}, {"torch", open_full_fsdp},
                               {"dcp", open_dcp},     {"dcp", open_shards},        {"zero", open_zero}};

void note_unread(RunFacts& facts, const Error& error) {
  if (error.code != ErrorCode::kUnsupported) return note_damage(facts, error);
  facts.problems.push_back({.code = "format-not-read",
                            .file = error.context.substr(0, error.context.find(": ")),
                            .message = describe(error),
                            .error = error.code});
}

// Whatever the tuner.
bool is_of_peft(const tensor::TensorInfo& info) { return info.name.starts_with(model::kPeftPrefix); }

// Trainers keep what they train, and that of an adapter is nothing without its config.
bool is_adapter_without_config(RunFacts& facts, const tensor::OpenedWeights& weights) {
  if (facts.adapter) return false;
  const auto catalogue = weights.source->catalogue();
  auto lora = std::ranges::find_if(catalogue, is_lora);
  if (lora == catalogue.end()) lora = std::ranges::find_if(catalogue, is_of_peft);
  if (lora == catalogue.end()) return false;
  facts.problems.push_back(
      {.code = "adapter-without-config",
       .file = lora->file,
       .message = fmt::format("{} holds an adapter ({}), but {} has no adapter_config.json: write the one "
                              "it was trained with there (save_pretrained of its peft config)",
                              lora->file, tensor::shown_name(lora->name), facts.folder),
       .error = ErrorCode::kRefused});
  return true;
}

// Whether weights of another format were found, whole or not.
Result<bool> find_other(os::FileSystem& fs, const Walked& walked, RunFacts& facts) {
  for (const Reader& reader : kReaders) {
    const auto is_of_it = [&](const std::string& path) { return is_of_format(reader.format, path); };
    if (refuse_links(walked, facts, is_of_it)) {
      facts.format = reader.format;
      return true;
    }
    auto weights = reader.open(fs, facts);
    if (!weights && weights.error().code == ErrorCode::kNotFound) continue;
    if (!weights && os::may_pass(weights.error())) return std::unexpected(std::move(weights).error());
    facts.format = reader.format;
    if (!weights) {
      note_unread(facts, weights.error());
    } else if (!is_adapter_without_config(facts, *weights)) {
      take(*std::move(weights), reader.format, facts);
    }
    return true;
  }
  return false;
}

// Beside placeholders, or a file of nothing, the weights may lie in the training's own format.
Result<void> take_safetensors(os::FileSystem& fs, const Walked& walked, tensor::OpenedWeights weights,
                              RunFacts& facts) {
  const std::vector<std::string> files = weights.set.files;
  if (is_adapter_without_config(facts, weights)) {
    facts.format = "safetensors";
    return {};
  }
  RunFacts other = facts;
  take(std::move(weights), "safetensors", facts);
  if (facts.weights && find_placeholder(facts) == nullptr) {
    note_stale(walked, facts);
    return {};
  }
  const std::string_view why = facts.weights ? "placeholders of ZeRO-3, without values" : "holds no tensor";
  SLIPWAY_ASSIGN(const bool found, find_other(fs, walked, other));
  if (!found || !other.weights) return {};
  facts = std::move(other);
  add_unused(facts, "stale-weights", files, why);
  return {};
}

}  // namespace

const tensor::TensorInfo* find_placeholder(const RunFacts& facts) {
  if (!facts.weights) return nullptr;
  const auto catalogue = facts.weights->source->catalogue();
  const auto found = std::ranges::find_if(catalogue, [&](const tensor::TensorInfo& info) {
    const bool parameter = info.name.ends_with(".weight") || info.name.ends_with(".bias");
    if (facts.adapter) return std::ranges::find(info.shape, 0U) != info.shape.end();
    return info.shape.size() == 1 && info.shape[0] == 0 && parameter;
  });
  return found == catalogue.end() ? nullptr : &*found;
}

std::optional<ForeignWeights> foreign_weights(const RunFacts& facts) {
  constexpr std::string_view kPickled = "weights-pickled", kOfTraining = "weights-of-training";
  if (!facts.weights || facts.format == "safetensors") return std::nullopt;
  if (facts.format == "dcp")
    return ForeignWeights{kOfTraining, "a distributed checkpoint of torch, which no loader of models reads"};
  if (facts.format == "zero")
    return ForeignWeights{kOfTraining, "the state of a DeepSpeed training, which no loader of models reads"};
  if (facts.weights->set.files.front().starts_with("pytorch_model_fsdp"))
    return ForeignWeights{kOfTraining, "pickled by FSDP under a name that no loader of models looks for"};
  return ForeignWeights{kPickled, "pickled, and whoever loads a pickle runs what was put into it"};
}

std::optional<std::uint64_t> output_rows(std::span<const tensor::TensorInfo> catalogue) {
  constexpr auto kOutputs =
      std::to_array<std::string_view>({"lm_head.weight", "embed_out.weight", "output.weight",
                                       "output_layer.weight", "proj_out.weight", "head.weight"});
  constexpr auto kInputs = std::to_array<std::string_view>(
      {"embed_tokens.weight", "wte.weight", "embed_in.weight", "word_embeddings.weight",
       "tok_embeddings.weight", "shared.weight", "embeddings.weight"});
  if (const auto rows = rows_of(catalogue, kOutputs)) return rows;
  return rows_of(catalogue, kInputs);
}

Result<void> find_weights(os::FileSystem& fs, const Walked& walked, RunFacts& facts) {
  const auto is_own = [&](const std::string& path) { return is_of_set(path, stem_of(facts)); };
  if (refuse_links(walked, facts, is_own)) {
    facts.format = "safetensors";
    return {};
  }
  auto weights = tensor::open_weights(fs, facts.folder, stem_of(facts));
  if (weights) return take_safetensors(fs, walked, *std::move(weights), facts);
  const Error& error = weights.error();
  if (error.code == ErrorCode::kCorruptData || error.code == ErrorCode::kRefused) {  // refused: too large
    facts.format = "safetensors";
    note_damage(facts, error);
    return {};
  }
  if (error.code != ErrorCode::kNotFound) return std::unexpected(error);
  auto state = open_state(fs, walked, facts);
  if (state) return take_safetensors(fs, walked, *std::move(state), facts);
  SLIPWAY_ASSIGN(const bool found, find_other(fs, walked, facts));
  if (!found) note_absence(walked, facts);
  return {};
}

}  // namespace slipway::run
