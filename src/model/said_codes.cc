// What is reported of a run and never changed: codes of warnings.
#include <array>

#include "model/fix_codes.h"

namespace slipway::model {
namespace {

constexpr auto kCodes = std::to_array<FixCode>({
    {"kind-unknown", Severity::kNote, "What kind of model this is cannot be told",
     "Whether it generates is not known, so nothing says whether stops and the KV cache matter.",
     "Nothing: stop ids, cache flag and generation values stay as they are. Write architectures into "
     "config.json."},
    {"adapter-tensors-unchanged", Severity::kWarning, "The adapter holds tensors of its base, unchanged",
     "peft saves whole embeddings when it thinks that they have grown, and every module of modules_to_save: "
     "often "
     "hundreds of megabytes that every loader fetches and puts over equal bytes.",
     "Nothing: weights are not rewritten in place. Save the adapter with save_embedding_layers=False, or "
     "without "
     "these modules_to_save."},
    {"adapter-frozen-left-out", Severity::kNote,
     "The frozen base stands in the state of an adapter's training",
     "Accelerate, FSDP and DeepSpeed keep the whole model beside the adapter; saved with it, the adapter "
     "would "
     "be as large as its base, and hold names that loaders do not look for.",
     "They are left out, as peft's save_pretrained leaves them out. What is not the base's is refused "
     "instead: "
     "it was trained, and adapter_config.json does not say so."},
    {"training-args-unread", Severity::kNote, "The trainer's settings cannot be read",
     "training_args.bin would tell the repository's name, its visibility and the hyper-parameters where no "
     "recipe does.",
     "Nothing: the warning says what is wrong with the file."},
    {"recipe-differs", Severity::kNote, "The recipe is not the one that the run was trained with",
     "training_args.bin holds other values than the recipe: a launcher's overrides, or another recipe.",
     "Nothing: the card shows the recipe's values. Correct the recipe, or leave it out: the card then shows "
     "what "
     "training_args.bin says."},
    {"token-in-training-args", Severity::kError, "The trainer's settings hold a token",
     "The trainer writes hub_token in clear into training_args.bin, and pushes that file.",
     "Nothing of it is kept, and the file is never published. Revoke the token if anybody else has seen the "
     "file."},
    {"weights-stay-here", Severity::kWarning, "A push leaves the weights where they are",
     "What FSDP and DeepSpeed write is the state of a training, and no loader of models reads it: a push "
     "does "
     "not send it, and the repository is left without a model.",
     "Nothing: let `slipway publish DIR --out OUT` make a model of it."},
    {"push-was-wanted", Severity::kNote, "The run had asked for a push",
     "training_args.bin says push_to_hub, but it never decides: nothing is sent.",
     "Nothing: ask for it with --push, --to or a recipe."},
    {"training-log-unread", Severity::kNote, "A log or a result of the trainer cannot be read",
     "The card says nothing of what that file holds.",
     "Nothing: the warning says what is wrong with the file."},
    {"metrics-left-out", Severity::kNote, "More metrics than the card shows",
     "A file of results, or one evaluation of the log, holds more metrics than the card has room for.",
     "Nothing: the file of results is published with all of them."},
    {"turn-end-lost", Severity::kError, "The chat template has lost the token that ends a turn",
     "Messages are opened by a special token and end with none, while the model still stops at one that the "
     "template does not write: what the model is asked is no longer what it was trained on.",
     "Nothing: take the template that the run was trained with."},
    {"template-unreadable", Severity::kError, "The chat template is no template",
     "It breaks the rules of Jinja, so whoever formats a conversation with it gets an error.",
     "Nothing: the warning says where. Correct the template."},
    {"turn-end-undecided", Severity::kNote, "The turn-end token could not be told from the chat template",
     "If the template ends a turn with a token that no file lists, generation runs on.",
     "Nothing: the warning says why. List the token in generation_config.json if you know it."},
    {"tokenizer-eos-unknown", Severity::kWarning, "The tokenizer names no usable end token",
     "Stop ids cannot be checked against it.", "Nothing: the ids that are listed stay."},
    {"tokenizer-eos-lost", Severity::kError, "The tokenizer's end token is no token of its vocabulary",
     "Loaders add it behind the last word, where the model has no row for it, and generation never ends with "
     "it.",
     "Nothing: the ids that are listed stay. Save the tokenizer that the run was trained with."},
    {"tokenizer-vocabulary-missing", Severity::kError, "The tokenizer has settings and no words",
     "tokenizer_config.json stands alone, so no loader can make a tokenizer of it.",
     "Nothing: save the tokenizer again."},
    {"base-stop-not-taken", Severity::kNote, "A stop id of the base is left out",
     "The id is another token in this vocabulary, or the base's tokenizer is not known.",
     "Nothing: give --base with its tokenizer files if the id is right."},
    {"base-unknown", Severity::kNote, "The base model is not known",
     "Whether the adapter stops elsewhere than its base cannot be told.",
     "The adapter's stop ids are written beside it, as if they differed."},
    {"bos-unknown", Severity::kNote, "The begin token is null and the base is not known",
     "Training may have erased it.", "Nothing: give --base so that it can be restored."},
    {"bos-differs", Severity::kWarning, "The begin token is another than the base's",
     "Helpers that set up a chat format make the turn's opening token the begin token; engines that add one "
     "to a prompt "
     "then add another than the base was trained with.",
     "Nothing: the warning names both. If it was not meant, write the base's back."},
    {"pad-unknown", Severity::kNote, "The padding token is null and the base is not known",
     "Training may have erased it.", "Nothing: give --base so that it can be restored."},
    {"pad-stops", Severity::kWarning, "The padding token is also a stop",
     "Trainers mask padding out of the loss, so the model may never have learned to stop.",
     "Nothing, unless --fix-pad is given: then the base's padding token is written where one stands. Without "
     "it that "
     "token is proposed.",
     "Before: transformers pads batches with a token at which it and vLLM stop. After --fix-pad: "
     "transformers pads with the base's token; both stop as before."},
    {"cache-off-in-base", Severity::kNote, "The base itself switches the KV cache off",
     "Whoever published it may have had a reason.",
     "use_cache is switched on all the same; of an adapter, whose base is not published with it, it is only "
     "said."},
    {"rope-forms-differ", Severity::kWarning,
     "The rotary positions differ between the old keys and the new one",
     "transformers 4 follows the old keys, transformers 5 the new one: the same folder is two models.",
     "Nothing: the run was trained with one of them, and only you know which. transformers_version says who "
     "wrote the file."},
    {"tokenizer-pipeline-differs", Severity::kNote, "The tokenizer splits texts otherwise than the base's",
     "transformers 5 rebuilds normalizer, pre_tokenizer and post_processor from the name of the class and "
     "saves that: the same text can have other ids than in the base.",
     "Nothing: the run was trained with what it saved. Both forms are shown."},
    {"config-missing", Severity::kError, "There is no config.json", "No loader reads weights without one.",
     "Nothing: `save` writes the weights alone; `publish` refuses."},
    {"tokenizer-missing", Severity::kNote, "There are no tokenizer files",
     "Users need the base's tokenizer, and stop ids cannot be checked.", "Nothing."},
    {"adapter-unties", Severity::kWarning, "The adapter saves two embeddings that the base ties",
     "They differ, so the model has two matrices and its base's config says one: transformers 4 keeps one of "
     "them when "
     "it loads, transformers 5 keeps both and warns.",
     "Nothing: train with one of them in modules_to_save, or merge and untie."},
    {"tokens-past-rows", Severity::kError, "The tokenizer knows tokens that the embeddings have no row for",
     "A text that holds one of them cannot be read: engines stop with an index error.",
     "Nothing: resize the embeddings before training, or take the tokens out."},
    {"merge-not-as-trained", Severity::kNote,
     "The adapter was trained on its base in 4 bits, and is merged into the base as it is stored",
     "Training computed with rounded weights, and the adapter makes up for some of the rounding. The merged "
     "model is not exactly the function that was trained; users mostly find it as good or better.",
     "Nothing is changed. --merge-onto 4bit merges into what training computed with: the base quantised as "
     "bitsandbytes does it, and dequantised."},
    {"merge-base-unproved", Severity::kNote, "The base of a merge is a folder, and its name somebody's word",
     "An adapter is right on the weights that it was trained on. A folder does not say which model it holds: "
     "shapes "
     "and names agree with any model of the family, and the result of another one is quietly worse. The card "
     "names the base that the adapter, or --base, calls it.",
     "Nothing: give the base by its id, from the Hub's cache or as --base hf://OWNER/NAME, where that can be "
     "known."},
    {"merge-config", Severity::kNote, "The merged model's config is not quite its base's",
     "The adapter changes what config.json describes: rows of the embeddings, the number of layers, a "
     "classifier's head in place of a language model's, or embeddings of a T5 that are no longer tied.",
     "The keys that describe it are changed, each named; the labels are the run's own where it has a "
     "config.json, else LABEL_0, LABEL_1, ..."},
    {"merge-without-effect", Severity::kWarning, "A module that the adapter holds stays as it was",
     "Its change is zero, or smaller than what the base's type can hold: training did not reach it, or it "
     "is lost by storing 16 bits.",
     "Nothing: the merge is written as it is; --dtype float32 keeps the change where the base is 32 bits."},
    {"merge-large", Severity::kWarning, "A merge changes a module by more than it was",
     "The adapter's change is larger than the weights that it was added to, as happens where it was trained "
     "on another base, or its scale was misread.",
     "Nothing: the merge is written as it is; compare its answers with those of the adapter on its base."},
    {"weights-in-two-formats", Severity::kNote, "The weights lie there in another format too",
     "Loaders take the safetensors; older ones the pickled file, which may be of another save.",
     "The other files are left out of the release and reported."},
    {"stale-weights", Severity::kError, "Weight files that do not belong to the model",
     "Loaders may prefer them to the new ones.", "They are left out of the release."},
    {"base-not-on-hub", Severity::kError, "The Hub does not know the base model",
     "The link in the card leads nowhere.", "The id is kept."},
    {"base-unreadable", Severity::kNote, "The base that the run names cannot be read",
     "What the base says of stops, padding and licence is not known.",
     "The base is taken as not known. Give one that can be read with --base."},
    {"custom-code", Severity::kNote, "Python files are published",
     "auto_map, or a type in modules.json, names code that lies beside the config: without it nobody loads "
     "the "
     "model, and with it whoever loads it runs it.",
     "The *.py files at the root are sent. --exclude keeps one at home."},
    {"dataset-local", Severity::kWarning, "A data set is no Hub id",
     "The Hub refuses cards that name local paths.", "It is left out of the card."},
    {"card-conflict", Severity::kWarning, "The card was changed here and on the Hub",
     "People edited README.md in the run and, since the last release, on the Hub; no rule can tell which "
     "words are "
     "meant.",
     "The words on the Hub stand, with our parts renewed, and the difference is shown. Nothing of the run's "
     "card "
     "is changed: take over what is missing, or send the run's as it is with `slipway push RUN OWNER/NAME "
     "--include "
     "README.md`, and publish again."},
    {"remote-file-kept", Severity::kNote, "A file of the last release stays on the Hub",
     "This release does not hold it any more, but somebody changed it on the Hub since the last one, or the "
     "last one's .slipway.json does not tell its bytes: it may be somebody's work.",
     "It stays, and no later release takes it for its own. Delete it on the Hub, or with `slipway push DIR "
     "OWNER/NAME --delete PATH`."},
    {"manifest-untrusted", Severity::kWarning, "The Hub's record of the last release is not trusted",
     "The repository's .slipway.json is damaged, too large, or was made on a commit that the branch does not "
     "hold: what it lists may be somebody else's.",
     "Nothing is deleted because of it; the next release that changes a file writes it anew."},
    {"run-read-only", Severity::kNote, "The run's folder cannot be written", "Fixes cannot be made in place.",
     "The fixed files are staged and published from there."},
});

}  // namespace

std::span<const FixCode> said_codes() { return kCodes; }

}  // namespace slipway::model
