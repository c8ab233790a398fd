// What refuses a release, and what is said of a card: codes that inspect, doctor, verify and card report.
#include <array>

#include "model/fix_codes.h"

namespace slipway::model {
namespace {

constexpr auto kCodes = std::to_array<FixCode>({
    // The weights.
    {"no-weights", Severity::kError, "The folder holds no weights",
     "There is nothing to load; the trainer may have written only checkpoints, or nothing at all.",
     "A whole checkpoint in the folder is taken in its place. Where there is none, publishing is refused."},
    {"checkpoint-picked", Severity::kNote, "A checkpoint was taken in place of the run",
     "Training left no whole model in the run's own folder: sharded trainings write only checkpoints, and "
     "a training may have been cut off.",
     "The checkpoint that trainer_state.json calls the best is taken, else the newest that is whole, and it "
     "is said."},
    {"checkpoint-passed-over", Severity::kNote, "A checkpoint is not whole",
     "Its weights are missing, cut off, placeholders without elements, or contradict their own lists: the "
     "save did not end.",
     "It is passed over, with the reason, and the next one is looked at."},
    {"adapter-without-config", Severity::kError, "An adapter's weights without its config",
     "Sharded trainings keep the tensors of an adapter, but not what says how they are to be used.",
     "Publishing is refused: adapter_config.json has to be written there."},
    {"adapter-without-weights", Severity::kError, "An adapter's config without its weights",
     "Loaders find adapter_config.json and fail over the missing adapter_model.safetensors.",
     "Publishing is refused: the adapter has to be saved again."},
    {"format-not-read", Severity::kError, "Weights in a format that is not read",
     "The weights lie in a format that this version knows by name only.",
     "Publishing is refused, naming the format and what could be used instead."},
    {"weights-damaged", Severity::kError, "A weight file or its index is damaged",
     "A header, a range or the index contradicts itself or the files: loaders fail, or load what was not "
     "saved.",
     "Publishing is refused, naming the file and what is wrong in it."},
    {"weights-pickled", Severity::kWarning, "The weights are pickled",
     "Whoever loads a pickle runs what was put into it: transformers refuses one before torch 2.6, and many "
     "engines and scanners at all times.",
     "It is read without being run, and looked through. In place it stays; `slipway publish RUN --out DIR` "
     "writes the model as safetensors."},
    {"weights-of-training", Severity::kError, "The weights lie in a training's own format",
     "Distributed checkpoints, DeepSpeed's states and FSDP's pickles are what training goes on from; loaders "
     "find no model there.",
     "It is read and looked through. Nothing is mended in place; `slipway publish RUN --out DIR` writes the "
     "model as safetensors, with all that it needs."},
    {"left-unread", Severity::kNote, "Something beside the weights was not looked at",
     "Files of a training hold more than the model: optimizer states, counters, other objects.",
     "It is named, stays where it is and is no part of a release."},
    {"index-doubtful", Severity::kWarning, "The index counts otherwise than the files do",
     "Loaders find every tensor, but the index, or the number in a shard's name, is of another save: "
     "something "
     "was exchanged.",
     "Nothing: save the model again into an empty folder, or fetch it again."},
    {"weights-link", Severity::kError, "A weight file is a link out of the folder",
     "What it leads to may be somebody else's, or gone on another machine.",
     "Publishing is refused: the link has to be replaced by the file."},
    {"link-leaves-run", Severity::kNote, "A link leads out of the folder",
     "What it leads to may be somebody else's, or gone on another machine.",
     "It is not followed. A release that would hold it is refused."},
    {"weights-not-finite", Severity::kError, "Weights hold NaN or infinity",
     "Every text that meets such a value turns into NaN: the model is broken.",
     "Publishing is refused, naming the tensors; --allow-nan publishes them."},
    {"layer-odd", Severity::kError, "One layer differs from all others",
     "A tensor that every other layer has is missing here, or has another shape or type: loaders fill it "
     "with random values, or fail.",
     "`slipway verify` fails by it, and a release is made with a warning: save the model again."},
    {"hash-differs", Severity::kError, "A file is not the one that was published",
     "Its bytes are not those that the release's manifest, or the cache's name for it, says.",
     "It is reported by `slipway verify`: fetch it again."},
    {"file-missing", Severity::kError, "A file of the release is not there",
     "The release's manifest lists it.", "It is reported by `slipway verify`: fetch it again."},
    {"manifest-unread", Severity::kWarning, "The release's manifest cannot be read",
     "Whether the files are those that were published cannot be told.",
     "It is reported by `slipway verify`, which then holds them only against each other."},
    // The small files.
    {"metadata-damaged", Severity::kError, "A metadata file cannot be read",
     "It is no JSON, or not of the form that its readers expect, so loaders fail.",
     "Publishing is refused, naming the place."},
    {"metadata-link", Severity::kError, "A metadata file is a link out of the folder",
     "What it leads to may be somebody else's, or gone on another machine.",
     "Publishing is refused: the link has to be replaced by the file."},
    {"metadata-too-large", Severity::kError, "A metadata file is too large",
     "It is larger than any such file: something else lies under its name.",
     "Publishing is refused, naming the limit."},
    // The model as a whole.
    {"model-damaged", Severity::kError, "The files of the model contradict each other",
     "Tensors are missing, empty or of other shapes than config.json describes, or a config says what the "
     "tokenizer cannot: loaders fail, or fill the gaps with random values.",
     "Publishing is refused, naming the tensor or the key."},
    {"release-refused", Severity::kError, "The model cannot be published as it is",
     "Something that a release needs is not there, or could not be loaded by others.",
     "Publishing is refused, naming it and the way out."},
    // The card.
    {"card-refused", Severity::kError, "The Hub would refuse the model card",
     "A key of the card's front matter breaks a rule of the Hub, which then refuses the commit.",
     "It is said where; a broken block as a whole is made anew."},
    {"card-doubtful", Severity::kWarning, "The Hub would warn of the model card",
     "A key of the card's front matter holds what the Hub does not know.", "It is said where."},
    {"card-not-compared", Severity::kNote, "The card could not be held against the run",
     "What the card should say is not known while the run cannot be read.",
     "Only the Hub's rules are checked."},
    {"card-too-large", Severity::kWarning, "The model card is too large",
     "It is larger than any card: reading it would take more than it is worth.", "It is left as it is."},
    {"front-matter-broken", Severity::kNote, "The card's front matter cannot be read",
     "The Hub refuses such a card, or shows none of what it says.",
     "The text is kept and the front matter made anew; the old one is kept in the run's state."},
    {"license-unknown", Severity::kNote, "No licence is known",
     "A model without a licence may not be used by anybody who looks for one.",
     "The card says nothing of it; --license names one."},
    {"language-unknown", Severity::kNote, "A language is no code of a language",
     "The Hub refuses cards that name one.", "It is left out of the card."},
});

}  // namespace

std::span<const FixCode> problem_codes() { return kCodes; }

}  // namespace slipway::model
