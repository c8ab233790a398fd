#include "tensor/zero/zero_files.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/glob.h"
#include "base/whole_number.h"
#include "os/path.h"
#include "tensor/tensor_name.h"

namespace slipway::tensor {
namespace {

constexpr std::string_view kLatest = "latest";
constexpr std::uint64_t kLatestBytesMax = 4096;
constexpr std::string_view kModel = "_model_states.pt";
constexpr std::string_view kOptim = "_optim_states.pt";
constexpr std::uint64_t kRanksMax = 65'536;

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  const auto number = whole_number<std::uint64_t>(text.substr(0, digits));
  if (number) text.remove_prefix(digits);
  return number;
}

struct StateName {
  bool bf16 = false;
  std::optional<std::uint64_t> rank{};  // of data parallelism
  std::uint64_t model_rank = 0;
  bool optim = false;
};

// "[bf16_][zero_pp_rank_N_]mp_rank_NN_{model,optim}_states.pt"
std::optional<StateName> parse_state_name(std::string_view name) {
  StateName state;
  state.bf16 = take(name, "bf16_");
  if (take(name, "zero_pp_rank_")) {
    state.rank = take_number(name);
    if (!state.rank || !take(name, "_")) return std::nullopt;
  }
  if (!take(name, "mp_rank_")) return std::nullopt;
  const auto model_rank = take_number(name);
  if (!model_rank || (name != kModel && name != kOptim)) return std::nullopt;
  state.model_rank = *model_rank;
  state.optim = name == kOptim;
  return state;
}

struct Unread {
  std::string_view pattern;
  std::string_view what;
};
constexpr Unread kUnread[] = {
    {"*expert_*_states.pt", "the experts of a mixture, each in a file of its own"},
    {"expp_rank_*_states.pt", "the experts of a mixture, each in a file of its own"},
    {"layer_*_states.pt", "the layers of a pipeline, each in a file of its own"},
};

Result<void> refuse_unread(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    for (const Unread& one : kUnread) {
      if (!glob_match(one.pattern, name)) continue;
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{}: holds {}, which are not put together here; let DeepSpeed load it and "
                              "save the model gathered (save_16bit_model)",
                              name, one.what));
    }
  }
  return {};
}

using Ranks = std::map<std::uint64_t, std::string>;

Result<std::vector<std::string>> in_order(const Ranks& ranks, std::string_view what) {
  std::vector<std::string> files;
  for (const auto& [rank, name] : ranks) {
    if (rank != files.size())
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{}: the {} of rank {} is missing: copy the whole checkpoint", name, what,
                              files.size()));
    files.push_back(name);
  }
  return files;
}

class Sorting {
 public:
  Result<void> add(const std::string& name) {
    const auto state = parse_state_name(name);
    if (!state) return {};
    if (state->model_rank != 0)
      return fail(ErrorCode::kUnsupported,
                  fmt::format("{}: the model is cut by tensor parallelism, which is not put together here; "
                              "let DeepSpeed load it and save the model gathered (save_16bit_model)",
                              name));
    if (state->optim) {
      if (!optim_.empty() && state->bf16 != bf16_)
        return fail(ErrorCode::kCorruptData,
                    fmt::format("{}: stands beside files of another save; keep those of one", name));
      bf16_ = state->bf16;
    }
    const std::uint64_t rank = state->rank.value_or(0);
    Ranks& ranks = state->optim ? optim_ : state->rank ? model_ : whole_;
    if (rank >= kRanksMax || !ranks.emplace(rank, name).second)
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{}: is of a rank that stands there twice, or of none", name));
    return {};
  }

  Result<ZeroFiles> finish() const {
    if (model_.empty() && whole_.empty())
      return fail(ErrorCode::kNotFound, "holds no model states of DeepSpeed");
    ZeroFiles files{.partitioned = whole_.empty()};
    SLIPWAY_ASSIGN(files.model, in_order(files.partitioned ? model_ : whole_, "model states"));
    SLIPWAY_ASSIGN(files.optim, in_order(optim_, "optimizer states"));
    if (files.partitioned && files.optim.size() != files.model.size())
      return fail(ErrorCode::kCorruptData,
                  fmt::format("{}: there are model states of {} ranks and optimizer states of {}: copy the "
                              "whole checkpoint",
                              files.model.front(), files.model.size(), files.optim.size()));
    return files;
  }

 private:
  Ranks whole_{}, model_{}, optim_{};
  bool bf16_ = false;
};

Result<std::string> read_latest(os::FileSystem& fs, const os::Path& folder) {
  SLIPWAY_ASSIGN(std::string tag, os::read_file(fs, os::join(folder, kLatest), kLatestBytesMax));
  constexpr std::string_view kSpace = " \t\r\n";
  tag.erase(0, tag.find_first_not_of(kSpace));
  tag.erase(tag.find_last_not_of(kSpace) + 1);
  if (tag.empty() || tag.find('/') != std::string::npos || !os::is_plain_relative(tag) ||
      shown_name(tag) != "\"" + tag + "\"")
    return fail(ErrorCode::kCorruptData,
                fmt::format("latest: names no folder beside it, but {}", shown_name(tag)));
  return tag;
}

// DeepSpeed writes `latest` when all else is there.
Result<void> refuse_unfinished(const std::vector<os::DirEntry>& entries) {
  for (const os::DirEntry& entry : entries) {
    if (entry.kind != os::FileKind::kDirectory || !entry.name.starts_with("global_step")) continue;
    return fail(
        ErrorCode::kCorruptData,
        fmt::format("latest: is missing beside {}, so the save did not end; if the step is whole, give "
                    "its folder",
                    entry.name));
  }
  return {};
}

// What ds_to_universal.py makes: a folder for each parameter, below "zero".
Result<void> refuse_universal(const std::vector<os::DirEntry>& entries) {
  const bool has_states = std::ranges::any_of(
      entries, [](const os::DirEntry& entry) { return entry.name.ends_with("_model_states.pt"); });
  const auto is_its = [&](const os::DirEntry& entry) {
    const bool parameters = entry.name == "zero" && entry.kind == os::FileKind::kDirectory;
    return entry.name == "latest_universal" || (parameters && has_states);
  };
  const auto found = std::ranges::find_if(entries, is_its);
  if (found == entries.end()) return {};
  return fail(ErrorCode::kUnsupported,
              fmt::format("{}: is of a universal checkpoint of DeepSpeed, which is not read; give the "
                          "checkpoint that it was made from",
                          found->name));
}

Result<ZeroFiles> files_in(os::FileSystem& fs, const os::Path& folder, const std::string& step) {
  SLIPWAY_ASSIGN(const auto entries, fs.list(step.empty() ? folder : os::join(folder, step)));
  SLIPWAY_TRY(refuse_universal(entries));
  std::vector<std::string> names;
  for (const os::DirEntry& entry : entries) names.push_back(entry.name);
  if (step.empty()) SLIPWAY_TRY(refuse_unfinished(entries));
  SLIPWAY_ASSIGN(ZeroFiles files, sort_zero_files(names));
  files.folder = step;
  if (step.empty()) return files;
  for (auto* list : {&files.model, &files.optim})
    for (std::string& name : *list) name = os::join(step, name);
  return files;
}

}  // namespace

Result<ZeroFiles> sort_zero_files(const std::vector<std::string>& names) {
  SLIPWAY_TRY(refuse_unread(names));
  Sorting sorting;
  for (const std::string& name : names) SLIPWAY_TRY(sorting.add(name));
  return sorting.finish();
}

Result<ZeroFiles> find_zero_files(os::FileSystem& fs, const os::Path& folder) {
  const auto latest = fs.stat(os::join(folder, kLatest));
  if (!latest || latest->kind != os::FileKind::kFile) return files_in(fs, folder, "");
  SLIPWAY_ASSIGN(const std::string tag, read_latest(fs, folder));
  auto files = files_in(fs, folder, tag);
  if (!files && files.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kCorruptData,
                fmt::format("latest: names {}, which is not there or holds no model states: copy the whole "
                            "checkpoint",
                            tag));
  return files;
}

}  // namespace slipway::tensor
