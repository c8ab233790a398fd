// run/run.h - what is there: a run's folder read into facts, without judging them.
//
// Contract   Reads metadata files and safetensors headers only. A link that leaves the folder is
//            listed, never followed (RUN itself may be a link; links into a Hub cache's blobs are
//            read). Formats known but not read yet are named in `format`, with `problems`; GGUF files are
//            quantised, published as they are, and no problem.
//            Problem codes: `link-leaves-run`, `stale-weights`, `weights-in-two-formats`,
//            `token-in-training-args`, `training-args-unread` and `training-log-unread` leave a release
//            possible. The others do not: `no-weights`, `format-not-read`, `weights-damaged`, `weights-link`,
//            `adapter-without-weights`, `metadata-damaged`, `metadata-link`, `metadata-too-large`.
// Limits     100,000 files; metadata files 64 MiB each
// Errors     kNotFound; kIo. A damaged file is a problem, not a failure.
// Threads    value
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/metadata.h"
#include "run/training_args.h"
#include "slipway/file_system.h"
#include "slipway/result.h"
#include "slipway/safetensors.h"

namespace slipway::run {

inline constexpr std::string_view kGgufFormat = "gguf";

struct RunFile {
  std::string path{};  // relative, '/'-separated
  os::FileStat stat{};
  bool link = false;        // a symbolic link
  bool leaves_run = false;  // a link that points outside (and not into a Hub cache), or to nothing
};

struct Problem {
  std::string code{};
  std::string file{};
  std::string message{};
  ErrorCode error = ErrorCode::kCorruptData;  // what a command that needs the file must report
  std::vector<std::string> files{};           // of weights that nobody takes: all of them
};

// A small file that the run itself does not have (borrow.h).
struct Borrowed {
  std::string path{};
  std::string text{};
  os::Path from{};  // the folder
};

struct AdapterFacts {
  std::string peft_type{};  // "LORA"
  std::string task_type{};
  std::string base{};  // as adapter_config.json says
  std::optional<std::string> revision{};
  std::optional<std::int64_t> rank{};
};

// Weights that were stored in 4 bits and are read as floats.
struct DequantisedFacts {
  std::size_t state_tensors = 0;     // that were stored beside the codes
  std::string why = "--dequantise";  // the flag that asks for it
};

// Experts that are read in another form than they are stored in.
struct RestackedFacts {
  bool stacked = false;
  std::size_t before = 0;  // tensors of the model
  std::size_t after = 0;
};

struct RunFacts {
  os::Path folder{};
  std::vector<RunFile> files{};  // sorted by path; without .cache, .git and links to folders of the run
  std::string format{};          // "safetensors", "torch", "dcp", "zero", "gguf", "" (no weights)
  std::optional<AdapterFacts> adapter{};
  std::optional<tensor::OpenedWeights> weights{};
  std::string weights_identity{};  // of what `weights` is made of outside the folder; "" for its own files
  // Also README.md, loss-curve.svg, *_results.json, modules.json and the processors' configs, and the
  // trainer's log under its path: trainer_state.json, else that of the newest checkpoint.
  model::Metadata metadata{};
  // Of a checkpoint without config or tokenizer, or of what an adapter is merged into; in no `files`.
  std::vector<Borrowed> borrowed{};
  std::optional<TrainingArgs> training_args{};  // of training_args.bin, else that of the newest checkpoint
  model::ModelKind kind = model::ModelKind::kUnknown;
  std::optional<std::int64_t> step{};             // that the folder is named for, else trainer_state.json's
  std::string base{};                             // name or path of the base model, "" when not known
  std::string card_base{};                        // what the card calls it
  std::optional<std::uint64_t> output_rows{};     // of lm_head, else of the input embeddings
  std::optional<DequantisedFacts> dequantised{};  // `weights` gives floats, where the files hold codes
  std::optional<RestackedFacts> restacked{};
  std::vector<Problem> problems{};
  std::vector<std::string> checkpoints{};  // folders inside, as checkpoints.h knows them, newest first
};

// `followed_links`: as walk.h has it.
Result<RunFacts> inspect(os::FileSystem& fs, const os::Path& folder,
                         const std::vector<os::Path>& followed_links = {});

}  // namespace slipway::run
