#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include "base/lfs_pointer.h"
#include "os/os_error.h"
#include "os/path.h"
#include "run/borrow.h"
#include "run/checkpoints.h"
#include "run/metadata_files.h"
#include "run/run.h"
#include "run/walk.h"
#include "run/weights.h"
#include "text/front_matter.h"

namespace slipway::run {
namespace {

constexpr std::uint64_t kTrainerStateBytesMax = 16u << 20;
constexpr std::string_view kTrainerStateName = "trainer_state.json";

// They may name code or folders that a loader needs as well.
constexpr auto kFurtherConfigs = std::to_array<std::string_view>(
    {"preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json", "modules.json"});

bool is_read(std::string_view path) {
  if (path.find('/') != std::string_view::npos) return model::is_eval_file(path);
  if (std::ranges::find(kFurtherConfigs, path) != kFurtherConfigs.end()) return true;
  if (std::ranges::find(model::kQuantiserFiles, path) != model::kQuantiserFiles.end()) return true;
  return is_model_metadata(path) || path == model::kReadmeName || path == model::kLossCurveName ||
         path.ends_with("_results.json");
}

void add_problem(RunFacts& facts, std::string code, const std::string& file, std::string message,
                 ErrorCode error) {
  facts.problems.push_back(
      {.code = std::move(code), .file = file, .message = std::move(message), .error = error});
}

void note_links(RunFacts& facts) {
  for (const RunFile& file : facts.files) {
    if (!file.leaves_run) continue;
    const bool needed = is_model_metadata(file.path);
    add_problem(
        facts, needed ? "metadata-link" : "link-leaves-run", file.path,
        fmt::format(
            "{} is a link that leaves the run's folder or leads nowhere; replace it by the file it means",
            file.path),
        ErrorCode::kRefused);
  }
}

void check_json(RunFacts& facts, const std::string& name, const std::string& text) {
  const auto root = json::check(text, {.allow_nan = true});
  if (root && *root == json::Kind::kObject) return;
  const std::string why = is_lfs_pointer(text) ? std::string(kLfsPointerWords)
                          : root               ? "is not a JSON object"
                                               : describe(root.error());
  add_problem(facts, "metadata-damaged", name, fmt::format("{}: {}", name, why), ErrorCode::kCorruptData);
}

Result<void> read_one(os::FileSystem& fs, RunFacts& facts, const RunFile& file) {
  if (file.stat.size_bytes > kMetadataBytesMax) {
    add_problem(facts, "metadata-too-large", file.path,
                fmt::format("{} has {} bytes, more than the {} that are read", file.path,
                            file.stat.size_bytes, kMetadataBytesMax),
                ErrorCode::kCorruptData);
    return {};
  }
  SLIPWAY_ASSIGN(auto text, os::read_file(fs, os::join(facts.folder, file.path), kMetadataBytesMax));
  if (is_json_object_file(file.path)) check_json(facts, file.path, text);
  facts.metadata.files.emplace(file.path, std::move(text));
  return {};
}

Result<void> read_all_metadata(os::FileSystem& fs, RunFacts& facts) {
  for (const RunFile& file : facts.files) {
    const bool is_file = !file.leaves_run && file.stat.kind == os::FileKind::kFile;
    if (is_file && is_read(file.path)) SLIPWAY_TRY(read_one(fs, facts, file));
  }
  return {};
}

// A file of the trainer: the run's own, else that of its newest checkpoint that has one.
const RunFile* find_of_trainer(const RunFacts& facts, std::string_view name) {
  std::vector<std::string> places{std::string(name)};
  for (const std::string& checkpoint : facts.checkpoints) places.push_back(os::join(checkpoint, name));
  for (const std::string& path : places) {
    const auto file = std::ranges::find(facts.files, path, &RunFile::path);
    if (file == facts.files.end() || file->leaves_run || file->stat.kind != os::FileKind::kFile) continue;
    return &*file;
  }
  return nullptr;
}

Result<void> read_trainer_state(os::FileSystem& fs, RunFacts& facts) {
  const RunFile* file = find_of_trainer(facts, kTrainerStateName);
  if (file == nullptr) return {};
  if (file->stat.size_bytes > kTrainerStateBytesMax) {
    add_problem(facts, "training-log-unread", file->path,
                fmt::format("{} has {} bytes, more than the {} that are read: the card says nothing of it",
                            file->path, file->stat.size_bytes, kTrainerStateBytesMax),
                ErrorCode::kUnsupported);
    return {};
  }
  SLIPWAY_ASSIGN(auto text, os::read_file(fs, os::join(facts.folder, file->path), kTrainerStateBytesMax));
  facts.metadata.files.emplace(file->path, std::move(text));
  return {};
}

Result<void> read_training_settings(os::FileSystem& fs, RunFacts& facts) {
  const RunFile* file = find_of_trainer(facts, kTrainingArgsName);
  if (file == nullptr) return {};
  SLIPWAY_ASSIGN(const auto opened, fs.open_read(os::join(facts.folder, file->path)));
  auto args = read_training_args(*opened);
  if (!args && os::may_pass(args.error())) return std::unexpected(std::move(args).error());
  if (!args) {
    add_problem(facts, "training-args-unread", file->path,
                fmt::format("{}: the release does without it: {}", file->path, describe(args.error())),
                args.error().code);
    return {};
  }
  if (!args->secrets.empty()) {
    add_problem(
        facts, "token-in-training-args", file->path,
        fmt::format("{} holds a secret in clear ({}); it is not published, but revoke the token if anybody "
                    "else has seen the file",
                    file->path, fmt::join(args->secrets, ", ")),
        ErrorCode::kRefused);
  }
  facts.training_args = *std::move(args);
  return {};
}

// A metadata file as a JSON object; null where it is none.
json::Value object_of(const RunFacts& facts, std::string_view name) {
  json::Value root = model::value_of(facts.metadata, name);
  return root.is_object() ? std::move(root) : json::Value();
}

std::string string_of(const json::Value& object, std::string_view key) {
  const json::Value* value = object.find(key);
  return value == nullptr ? "" : value->string();
}

AdapterFacts adapter_facts(const json::Value& config) {
  AdapterFacts adapter{.peft_type = string_of(config, "peft_type"),
                       .task_type = string_of(config, "task_type"),
                       .base = string_of(config, "base_model_name_or_path")};
  if (const auto revision = string_of(config, "revision"); !revision.empty()) adapter.revision = revision;
  if (const json::Value* rank = config.find("r")) adapter.rank = rank->as_int();
  return adapter;
}

std::optional<std::int64_t> step_of(const Walked& walked, const RunFacts& facts) {
  if (const auto step = named_step(walked.real_folder)) return step;
  const json::Value state = object_of(facts, kTrainerStateName);
  const json::Value* step = state.find("global_step");
  return step == nullptr ? std::nullopt : step->as_int();
}

std::string base_of_card(const RunFacts& facts) {
  const std::string* readme = facts.metadata.find(model::kReadmeName);
  if (readme == nullptr) return "";
  const auto front = text::FrontMatter::parse(text::split_card(*readme).block);
  const yaml::Node* base = front ? front->find("base_model") : nullptr;
  if (base != nullptr && base->kind == yaml::Kind::kList && !base->items.empty()) base = &base->items.front();
  return base != nullptr && base->kind == yaml::Kind::kString ? base->text : "";
}

// `_name_or_path` may also be the run itself, when it was loaded and saved again.
bool is_the_run(os::FileSystem& fs, const Walked& walked, const std::string& name) {
  const auto real = fs.real_path(name);
  return real && *real == walked.real_folder;
}

std::string base_of(os::FileSystem& fs, const Walked& walked, const RunFacts& facts,
                    const json::Value& config) {
  if (facts.adapter && !facts.adapter->base.empty()) return facts.adapter->base;
  const std::string named = string_of(config, "_name_or_path");
  if (!facts.adapter && !named.empty() && !is_the_run(fs, walked, named)) return named;
  return facts.card_base;
}

// What the trainer keeps once for all of a run's checkpoints.
Result<void> read_of_run_around(os::FileSystem& fs, const Walked& walked, RunFacts& facts) {
  const auto run = run_around(walked.real_folder);
  if (!run) return {};
  SLIPWAY_TRY(borrow_from_run(fs, *run, facts));
  for (const Borrowed& file : facts.borrowed)
    if (is_json_object_file(file.path)) check_json(facts, file.path, file.text);
  if (facts.training_args) return {};
  const os::Path settings = os::join(*run, kTrainingArgsName);
  const auto stat = fs.link_stat(settings);
  if (!stat || stat->kind != os::FileKind::kFile) return {};
  SLIPWAY_ASSIGN(const auto opened, fs.open_read(settings));
  auto args = read_training_args(*opened);
  if (args) facts.training_args = *std::move(args);
  return {};
}

}  // namespace

Result<RunFacts> inspect(os::FileSystem& fs, const os::Path& folder,
                         const std::vector<os::Path>& followed_links) {
  SLIPWAY_ASSIGN(const Walked walked, walk(fs, folder, followed_links));
  RunFacts facts{.folder = folder, .files = walked.files};
  facts.checkpoints = checkpoint_folders(walked);
  note_links(facts);
  SLIPWAY_TRY(read_all_metadata(fs, facts));
  SLIPWAY_TRY(read_trainer_state(fs, facts));
  SLIPWAY_TRY(read_training_settings(fs, facts));
  SLIPWAY_TRY(read_of_run_around(fs, walked, facts));

  const json::Value config = object_of(facts, "config.json");
  const json::Value adapter_config = object_of(facts, "adapter_config.json");
  if (adapter_config.is_object()) facts.adapter = adapter_facts(adapter_config);
  facts.kind = model::decide_kind(config.is_object() ? &config : nullptr,
                                  adapter_config.is_object() ? &adapter_config : nullptr);
  SLIPWAY_TRY(find_weights(fs, walked, facts));
  facts.step = step_of(walked, facts);
  facts.card_base = base_of_card(facts);
  facts.base = base_of(fs, walked, facts, config);
  return facts;
}

}  // namespace slipway::run
