#include "transform/tied.h"

#include <algorithm>
#include <array>

#include "transform/embeddings.h"

namespace slipway::transform {
namespace {

// Model types of transformers whose class ties when the flag is not written: version 4 leaves it out there.
constexpr auto kTiedByDefault = std::to_array<std::string_view>({"albert",
                                                                 "aya_vision",
                                                                 "bart",
                                                                 "bert",
                                                                 "biogpt",
                                                                 "blenderbot",
                                                                 "blenderbot-small",
                                                                 "bloom",
                                                                 "camembert",
                                                                 "cohere",
                                                                 "cohere2",
                                                                 "ctrl",
                                                                 "distilbert",
                                                                 "electra",
                                                                 "ernie4_5",
                                                                 "falcon",
                                                                 "falcon_mamba",
                                                                 "gemma",
                                                                 "gemma2",
                                                                 "gemma3",
                                                                 "gemma3_text",
                                                                 "gemma3n",
                                                                 "gemma3n_text",
                                                                 "gpt2",
                                                                 "gpt_bigcode",
                                                                 "gpt_neo",
                                                                 "jetmoe",
                                                                 "led",
                                                                 "lfm2",
                                                                 "longt5",
                                                                 "m2m_100",
                                                                 "mamba",
                                                                 "marian",
                                                                 "mbart",
                                                                 "modernbert-decoder",
                                                                 "moonshine",
                                                                 "mpnet",
                                                                 "mpt",
                                                                 "openai-gpt",
                                                                 "opt",
                                                                 "paligemma",
                                                                 "pegasus",
                                                                 "plbart",
                                                                 "recurrent_gemma",
                                                                 "roberta",
                                                                 "shieldgemma2",
                                                                 "smollm3",
                                                                 "starcoder2",
                                                                 "switch_transformers",
                                                                 "t5",
                                                                 "t5gemma",
                                                                 "umt5",
                                                                 "vaultgemma",
                                                                 "whisper",
                                                                 "xglm",
                                                                 "xlm-roberta",
                                                                 "zamba",
                                                                 "zamba2"});
constexpr std::size_t kPieceBytes = 1u << 20;

std::optional<bool> flag_of(const json::Value& level) {
  const json::Value* flag = level.find("tie_word_embeddings");
  return flag == nullptr ? std::nullopt : flag->as_bool();
}

std::vector<bool> tie_flags(const json::Value& config) {
  std::vector<bool> flags;
  for (const json::Value* level : language_levels(config)) {
    if (const auto flag = flag_of(*level)) flags.push_back(*flag);
  }
  return flags;
}

// One range of one file.
bool is_one_place(const tensor::TensorSource& source, std::size_t a, std::size_t b) {
  const tensor::TensorInfo &left = source.catalogue()[a], &right = source.catalogue()[b];
  return left.file == right.file && left.file_offset_bytes == right.file_offset_bytes &&
         left.size_bytes == right.size_bytes && source.extent(a) != nullptr && source.extent(b) != nullptr;
}

}  // namespace

std::optional<TiedPair> find_embedding_pair(std::span<const tensor::TensorInfo> catalogue) {
  const auto found = find_embeddings(catalogue);
  if (!found || !found->input || !found->output) return std::nullopt;
  const tensor::TensorInfo& a = catalogue[*found->input];
  const tensor::TensorInfo& b = catalogue[*found->output];
  if (a.shape != b.shape || a.dtype != b.dtype) return std::nullopt;
  return TiedPair{*found->input, *found->output};
}

std::vector<const json::Value*> language_levels(const json::Value& config) {
  std::vector<const json::Value*> levels;
  for (const std::string_view key : {"text_config", "llm_config", "language_config"}) {
    if (const json::Value* level = config.find(key)) levels.push_back(level);
  }
  levels.push_back(&config);
  return levels;
}

bool says_tied(const json::Value& config) {
  const std::vector<bool> flags = tie_flags(config);
  if (!flags.empty()) return std::ranges::find(flags, false) == flags.end();
  const json::Value* type = config.find("model_type");
  return type != nullptr && std::ranges::find(kTiedByDefault, type->string()) != kTiedByDefault.end();
}

bool says_untied(const json::Value& config) {
  const std::vector<bool> flags = tie_flags(config);
  return !flags.empty() && std::ranges::find(flags, true) == flags.end();
}

Result<bool> same_bytes(const tensor::TensorSource& source, std::size_t a, std::size_t b) {
  if (is_one_place(source, a, b)) return true;
  return same_bytes(source, a, source, b);
}

Result<bool> same_bytes(const tensor::TensorSource& left_source, std::size_t a,
                        const tensor::TensorSource& right_source, std::size_t b) {
  const std::uint64_t size = left_source.catalogue()[a].size_bytes;
  if (size != right_source.catalogue()[b].size_bytes) return false;
  const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, size));
  ByteVector left(piece);
  ByteVector right(piece);
  for (std::uint64_t at = 0; at < size;) {
    const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(piece, size - at));
    SLIPWAY_TRY(left_source.read(a, at, MutableBytes(left).first(step)));
    SLIPWAY_TRY(right_source.read(b, at, MutableBytes(right).first(step)));
    if (!std::ranges::equal(Bytes(left).first(step), Bytes(right).first(step))) return false;
    at += step;
  }
  return true;
}

}  // namespace slipway::transform
