#include "model/fix_codes.h"

#include <algorithm>
#include <array>

namespace slipway::model {
namespace {

// Fixes in the order of the stage. Sorted by topic, found by code.
constexpr auto kCodes = std::to_array<FixCode>({
    // Rule 1: where generation stops.
    {"eos-lossy", Severity::kError, "A stop id was lost",
     "A loader that reads this file does not stop at a token that the tokenizer, or another file of the "
     "model, knows as "
     "an end. Trainers that put one id in place of a list cause this.",
     "The list becomes the whole stop set: the tokenizer's end token, the turn end, then every id that was "
     "listed.",
     "Before: transformers stops at the ids that generation_config.json lists, vLLM at those and the "
     "tokenizer's end token; neither stops at the lost one. After: both stop at the whole set."},
    {"eos-missing-turn-end", Severity::kError, "The token that ends a turn is no stop",
     "The chat template ends an answer with a token that no file lists as a stop, so the model writes the "
     "next turns of "
     "the conversation by itself until the length limit.",
     "The turn-end token, read from the chat template, is added after the tokenizer's end token.",
     "Before: neither transformers nor vLLM stops at the token that ends a turn. After: both do."},
    {"eos-missing", Severity::kError, "No stop id at all",
     "Loaders that read this file have nothing to stop at and generate until the length limit.",
     "The stop set is written; where a file holds a single id, the tokenizer's end token.",
     "Before: transformers generates until the length limit, vLLM stops at the tokenizer's end token alone. "
     "After: both stop at the whole set."},
    {"eos-unset", Severity::kNote, "config.json names no end token",
     "generation_config.json does, and generation stops; who reads config.json alone finds the default of "
     "the "
     "model's class.",
     "The tokenizer's end token is written.",
     "Before and after: transformers and vLLM stop at what generation_config.json lists. Who reads "
     "config.json "
     "alone stops there after, too."},
    {"eos-not-the-tokenizers", Severity::kError, "The end token in config.json is another one",
     "config.json names an id that is not the tokenizer's end token. Loaders that take the single id run "
     "past the end "
     "that was trained.",
     "The tokenizer's end token is written; the old id stays in the stop set of generation_config.json.",
     "Before: transformers stops at this id where there is no generation_config.json, vLLM asks the "
     "tokenizer. After: both stop at the tokenizer's end token."},
    {"eos-order", Severity::kNote, "The stop ids are in a misleading order",
     "Several loaders take the first id of the list as the end token.",
     "The same ids, with the tokenizer's end token first and none twice.",
     "Before: transformers and vLLM stop at the same ids, but transformers pads with the first of them, and "
     "some engines stop at that one alone. After: it is the tokenizer's end token."},
    {"eos-out-of-range", Severity::kError, "A stop id is past the model's output rows",
     "The id can never be generated, and engines that check ids refuse to load the model.",
     "The id is removed. A tokenizer whose own end token is out of range is refused instead.",
     "Before: transformers and vLLM wait for an id that never comes; engines that check ids refuse the "
     "model. After: they stop at what can come."},
    {"eos-handbook", Severity::kNote, "The handbook's single end token",
     "Asked for by --eos handbook or --profile handbook: what the alignment-handbook itself writes.",
     "eos_token_id becomes the tokenizer's single id in config.json and generation_config.json.",
     "Before: transformers and vLLM stop at every id that was listed. After: both stop at the tokenizer's "
     "end token alone."},
    {"generation-config-missing", Severity::kWarning, "There is no generation_config.json",
     "Loaders then guess stop ids and sampling values from config.json.",
     "The base's file is taken, else one is built from every generation key of config.json.",
     "Before: transformers and vLLM take stop ids and sampling values from config.json, as far as they look "
     "there. After: both read this file."},
    {"bos-erased", Severity::kError, "The begin token was erased",
     "Training wrote null over the base's begin token because the tokenizer does not add it by itself. "
     "Engines that put "
     "it in front of a prompt no longer do.",
     "The base's id is restored, where it is the same token in both vocabularies.",
     "Before: transformers cannot start without a prompt, vLLM asks the tokenizer. After: transformers can, "
     "vLLM as before."},
    {"pad-erased", Severity::kWarning, "The padding token was erased",
     "Training wrote null over the base's padding token; batched generation then pads with an end token.",
     "The base's id is restored, where it is the same token in both vocabularies.",
     "Before: transformers pads batches with an end token, vLLM needs no padding. After: transformers pads "
     "as with the base, vLLM as before."},
    // Rule 2: the KV cache.
    {"cache-off", Severity::kError, "The KV cache is switched off",
     "Gradient checkpointing switches the cache off and trainers save that. Every new token then recomputes "
     "the whole "
     "text: generation is many times slower.",
     "use_cache becomes true at every level of config.json that has it.",
     "Before: transformers computes the whole text again for every new token, vLLM keeps its own cache all "
     "the same. After: both keep one."},
    {"cache-unset", Severity::kNote, "config.json does not speak of the KV cache",
     "Loaders differ in what they assume.", "use_cache: true is written at the level of the text model.",
     "Before: transformers takes the default of the model's class, vLLM keeps its own cache all the same. "
     "After: both keep one."},
    {"cache-off-generation", Severity::kError, "generation_config.json switches the KV cache off",
     "This file wins over config.json, so generation stays slow even where config.json says true.",
     "use_cache: false is removed; it becomes true where a cache implementation is chosen.",
     "Before: transformers computes the whole text again for every new token, vLLM keeps its own cache all "
     "the same. After: both keep one."},
    // Rule 3: values that transformers refuses.
    {"sampling-without-do-sample", Severity::kError, "Sampling values without do_sample",
     "transformers ignores them and refuses to save the model again; vLLM samples with them.",
     "do_sample: true is written, which is what the values ask for.",
     "Before: transformers decodes greedily and ignores the values; it refuses to save the model again, "
     "version 5 as soon as anything in the file was changed since it was loaded; vLLM samples with the "
     "values. After: both sample with them."},
    {"greedy-with-sampling-values", Severity::kWarning, "Greedy decoding with sampling values",
     "do_sample: false or a temperature of 0 asks for greedy decoding. transformers ignores the values or "
     "refuses them; "
     "vLLM samples with them.",
     "The sampling values are removed; with a temperature of 0, do_sample: true becomes false.",
     "Before: transformers decodes greedily and ignores the values, or fails where it should sample at a "
     "temperature of 0; it refuses to save the model again, version 5 as soon as anything in the file was "
     "changed since it was loaded; vLLM samples with the values it reads (temperature, top_p, top_k, min_p), "
     "at a temperature of 0 greedily. After: transformers decodes greedily and saves; vLLM takes its own "
     "defaults, which sample at a temperature of 1 unless the request says otherwise."},
    {"sampling-values-in-config", Severity::kWarning, "Sampling values left in config.json",
     "generation_config.json decides, so they are not read; transformers 4 moves them there when it saves "
     "and then "
     "refuses the result.",
     "The values are removed from config.json.",
     "Before: neither transformers nor vLLM reads the values here, but transformers 4 moves them to the "
     "generation config when it saves, and refuses that. After: it saves."},
    {"beams-without-beams", Severity::kWarning, "Beam-search values without beams",
     "They mean nothing to sampling or greedy decoding, and transformers refuses to save them.",
     "The values are removed.",
     "Before: transformers ignores the values and refuses to save the model again, vLLM never reads them. "
     "After: both do as before, and the model saves."},
    {"output-flags-without-dict", Severity::kWarning, "Extra outputs that cannot be returned",
     "Without return_dict_in_generate they are ignored, and transformers refuses to save them.",
     "The flags are removed.",
     "Before: transformers ignores the flags and refuses to save the model again, vLLM never reads them. "
     "After: both do as before, and the model saves."},
    {"generation-value-invalid", Severity::kError, "A generation value that nothing can use",
     "transformers refuses the file, or the model, because of it.",
     "The value is removed; numbers that mean a flag become one.",
     "Before: transformers refuses to load or to save the file, or fails when it uses the value (the fix "
     "says which, and which version); vLLM reads the file through transformers and fails with it. After: "
     "both load it and use their default."},
    // The adapter's own files.
    {"adapter-stops-differ", Severity::kWarning, "The adapter stops elsewhere than its base",
     "Loaders of an adapter read the base's generation config, which does not stop where the adapter was "
     "trained to.",
     "A generation_config.json is written beside the adapter; card and snippet pass it explicitly. A "
     "model merged with the adapter (--merge) needs none of this.",
     "Before: transformers, peft and vLLM stop where the base stops. After: so they do until this file is "
     "passed to generate(), as card and snippet do; merged, the model stops by itself."},
    {"adapter-stops-untold", Severity::kNote,
     "Whether the adapter stops elsewhere than its base is not known",
     "The base cannot be read here, and loaders of an adapter read the base's generation config.",
     "A generation_config.json with the adapter's stops is written beside it, as if they differed.",
     "Before: transformers, peft and vLLM stop where the base stops. After: so they do until this file is "
     "passed to generate(), as card and snippet do."},
    {"adapter-sets-unsorted", Severity::kNote, "The adapter's module lists are in a random order",
     "peft keeps them as sets: the same run gives another file each time, and a needless commit.",
     "The lists are sorted.", "Before and after, peft, transformers and vLLM load the same adapter."},
    {"adapter-base-local", Severity::kError, "The adapter names its base by a local path or another name",
     "Loaders fetch the base under this name; on other machines it does not exist or is another model.",
     "The public id of the base, owner/name, is written.",
     "Before: peft and transformers look for the base under this name, vLLM takes the base it is given. "
     "After: everybody finds the base."},
    {"adapter-revision-missing", Severity::kNote,
     "The adapter does not say which revision of the base it belongs to",
     "It is then put on whatever the base's main branch holds later.", "The commit of the base is recorded.",
     "Before: peft and transformers take whatever the base's main branch holds, vLLM the base it is given. "
     "After: peft and transformers take the commit that it was trained on."},
    {"adapter-revision-of-another", Severity::kError, "The adapter pins a revision of another base",
     "The base has another name now, and the revision is a commit of the old one, which the new one does not "
     "have.",
     "The commit of the new base is recorded where it is known, else null.",
     "Before: peft and transformers look for the commit in the new base and do not load; vLLM takes the base "
     "it is given. After: all load."},
    // What loaders of another era of transformers do not read.
    {"dtype-wrong", Severity::kError, "config.json names another float type than the weights have",
     "Loaders that follow the key convert every weight when they load: into twice the memory, or into half "
     "the digits.",
     "The float type of most parameters outside quantised modules is written, at each level that has the "
     "key; nothing is changed where a quantization_config stays.",
     "Before: transformers 5, and transformers 4 with torch_dtype=auto, convert every weight to the named "
     "type, and vLLM computes in it. After: all take the weights as they are stored."},
    {"dtype-one-name", Severity::kNote, "The float type stands under one name only",
     "transformers reads torch_dtype up to 4.55 and dtype from 4.56 on; engines follow either. Who finds no "
     "name of its own loads in 32 bits.",
     "Both dtype and torch_dtype are written, at each level that has one of them.",
     "Before: transformers up to 4.55 does not see dtype, and with torch_dtype=auto guesses from the first "
     "weight; a vLLM on top of it assumes float32. After: every version finds its own name."},
    {"rope-new-keys-only", Severity::kNote, "The rotary positions stand in the new key only",
     "transformers 5 writes rope_parameters. transformers 4, and the vLLM and TGI of its time, do not read "
     "it: they take the default of the model's class, without a warning, and the text degrades with its "
     "length.",
     "The same values are written in the old keys too: rope_theta, rope_scaling, partial_rotary_factor, or "
     "what the family calls them. transformers 5 reads the file as before.",
     "Before: transformers 4.57 rotates otherwise, or fails, for 693 of 757 such configs that we tried, and "
     "vLLM with it rests on the same config classes. After: all of them rotate as transformers 5 does."},
    {"rope-old-keys-misread", Severity::kNote, "transformers 5 misreads the rotary positions of this family",
     "It takes the base of olmo3's rope_theta for the full-attention layers only, and the default for the "
     "sliding ones; of gpt_oss and apertus it scales what the old keys say is not scaled.",
     "rope_parameters is written beside the old keys, with what they mean; transformers 4 does not look at "
     "it.",
     "Before: transformers 4 and vLLM on top of it rotate as trained, transformers 5 otherwise. After: both "
     "rotate alike."},
    {"config-new-keys-only", Severity::kNote, "A value stands under transformers 5's name for it only",
     "transformers 5 renamed num_experts of Qwen3-MoE and vision_feature_layers of VipLLaVA, and tells "
     "ModernBERT's layers one by one. transformers 4, and engines of its time, do not read the new name: "
     "they "
     "take the class's default and refuse the weights, or compute otherwise without a word.",
     "The value is written under the old name too: num_experts, vision_feature_layers, "
     "global_attn_every_n_layers. transformers 5 reads the file as before.",
     "Before: transformers 4.57 does not load a Qwen3-MoE of other than 128 experts, and vLLM looks for "
     "num_experts. After: both load."},
    {"tokenizer-class-new", Severity::kNote, "The tokenizer's class is one that transformers 4 does not know",
     "transformers 5 writes TokenizersBackend where an older version wrote PreTrainedTokenizerFast. "
     "transformers 4, and engines on top of it, refuse to load the tokenizer.",
     "PreTrainedTokenizerFast is written, which transformers 5 takes for the same.",
     "Before: transformers 4, and vLLM on top of it, stop with 'Tokenizer class TokenizersBackend does not "
     "exist'; transformers 5 loads it. After: all three load the same tokenizer.json."},
    {"extra-tokens-new-form", Severity::kNote,
     "Extra special tokens stand in a form that transformers 4 cannot read",
     "transformers 5 writes extra_special_tokens as a list. transformers 4 wants a map, fails over the list "
     "and reports a missing protobuf.",
     "The tokens are moved to additional_special_tokens, which both eras read.",
     "Before: transformers 4, and vLLM on top of it, fail to load the tokenizer; transformers 5 loads it. "
     "After: all three load it, with the same tokens marked special."},
    {"special-tokens-map-missing", Severity::kNote, "There is no special_tokens_map.json",
     "transformers 5 no longer writes it; engines and tools that look for special tokens there find none.",
     "It is written from tokenizer_config.json.",
     "Before and after: transformers and vLLM find the tokens in tokenizer_config.json. Tools that read the "
     "map alone find them after."},
    {"template-in-file-only", Severity::kNote, "The chat template stands in its own file only",
     "TGI, transformers before 4.43 and many tools look in tokenizer_config.json alone, and then chat "
     "without "
     "a template.",
     "tokenizer_config.json gets the same text as chat_template.",
     "Before: transformers 5 and 4.57, and vLLM with them, read the file; TGI and earlier versions find no "
     "template and refuse to chat. After: all have it."},
    {"template-in-config-only", Severity::kNote, "The chat template stands in tokenizer_config.json only",
     "transformers from 4.52 on writes chat_template.jinja, and tools made for it read nothing else.",
     "chat_template.jinja is written with the same text.",
     "Before and after: transformers and vLLM chat alike, from either place. Tools that read the file alone "
     "have a template after."},
    {"template-conflict", Severity::kError, "There are two chat templates that differ",
     "Loaders that read chat_template.jinja chat otherwise than those that read tokenizer_config.json.",
     "The place that the trainer's transformers writes wins: tokenizer_config.json before 4.52 (by "
     "transformers_version in config.json), else the file. The other gets its text.",
     "Before: transformers from 4.52 on, and vLLM with it, use the file, earlier ones and TGI the key. "
     "After: all use the one that the run was trained with."},
    {"tokenizer-truncation", Severity::kError, "tokenizer.json cuts texts at the length of training",
     "Engines that read this file themselves, as TGI and text-embeddings-inference do, cut every prompt "
     "without a word.",
     "The base's setting is written; without a base null, in kinds that generate. Only these bytes of the "
     "file change.",
     "Before and after: transformers, and vLLM through it, set truncation anew at each call. TGI, "
     "text-embeddings-inference and users of the tokenizers library cut before, not after."},
    {"tokenizer-padding", Severity::kError, "tokenizer.json pads texts as training padded its batches",
     "Engines that read this file themselves pad every prompt.",
     "The base's setting is written; without a base null, in kinds that generate. Only these bytes of the "
     "file change.",
     "Before and after: transformers, and vLLM through it, set padding anew at each call. TGI, "
     "text-embeddings-inference and users of the tokenizers library pad before, not after."},
    {"local-path", Severity::kError, "A path of the training machine is left in a file",
     "Nobody else has the path; it tells of users and folders, and loaders may look for it.",
     "The key is removed; _name_or_path of config.json becomes the base's public id where it is known.",
     "Before and after: transformers and vLLM load the same; older transformers may open a tokenizer_file "
     "that is named here."},
    {"local-flag", Severity::kNote, "tokenizer_config.json says how the training machine loaded it",
     "is_local and local_files_only are no properties of the model; transformers 5 leaves them behind.",
     "They are removed; loaders set them anew.", "Before and after: transformers and vLLM load the same."},
    // The weights, written anew with --out.
    {"weights-cast", Severity::kNote, "The weights were cast",
     "Nothing is wrong: --dtype asks for it. Weights in 32 bits load into twice the memory that most users "
     "have.",
     "Every float tensor is rounded to nearest even; integers and quantised tensors stay. A value that "
     "becomes "
     "infinite refuses the release."},
    {"weights-converted", Severity::kNote, "The weights were put together from a training's own format",
     "A distributed checkpoint, or a pickled one, is what training goes on from; loaders of models do not "
     "read it, or only with Python's trust in the file.",
     "Every tensor is written once, whole, as safetensors, under the name it has in the model; what belongs "
     "to the optimizer stays behind. Needs --out."},
    {"file-borrowed", Severity::kNote, "A file was taken from the run around a checkpoint, or from its base",
     "Sharded trainings save neither config nor tokenizer into a checkpoint, and no loader reads weights "
     "without them.",
     "Where the checkpoint has none, those of the run it lies in are taken, else those of the base; the text "
     "says from where."},
    {"weights-resharded", Severity::kNote, "The weights were cut into other files",
     "Nothing is wrong: --max-shard-size, or the default of `save`, asks for it.",
     "Tensors keep their order and bytes; the index is written anew."},
    {"weights-dequantised", Severity::kNote, "The 4-bit weights were written as floats",
     "Nothing is wrong: --dequantise or --merge-onto 4bit asks for it. Weights that bitsandbytes stores in 4 "
     "bits need "
     "bitsandbytes "
     "to be loaded.",
     "Each weight becomes exactly what bitsandbytes computes with, in the type that it was quantised from; "
     "the "
     "tensors of its state, and quantization_config, leave with it. LLM.int8 is refused: no plain weight "
     "does "
     "what it does."},
    {"experts-restacked", Severity::kNote, "The experts were written in another form",
     "Nothing is wrong: --experts asks for it. transformers 5 holds the experts of a layer in one tensor, "
     "files of transformers 4, and those that are published, hold each one's alone.",
     "The same numbers stand under the other form's names and shapes (docs/format/experts.md)."},
    {"quantization-config-left", Severity::kError,
     "config.json speaks of quantised weights, and they are plain floats",
     "A merge or a dequantisation forgot the key. Loaders look for 4-bit codes and their states.",
     "quantization_config is removed, at each level that has it.",
     "Before: transformers 4 fails to load, and vLLM looks for codes that are not there. After: all take the "
     "weights as they are stored."},
    {"tied-copy-dropped", Severity::kNote, "The output embeddings were stored twice",
     "config.json ties them to the input embeddings and both hold the same bytes, so one copy is waste.",
     "The copy is left out, as transformers leaves it out; --keep-tied keeps it."},
    {"names-wrapped", Severity::kError, "Tensor names hold a trainer's wrapper",
     "torch.compile, FSDP or DistributedDataParallel put words into the names, and in the state of a "
     "training "
     "an adapter's tensors bear its own name; loaders find nothing under them and keep random weights, and "
     "an "
     "adapter loads as if it were not there.",
     "The words are taken out of the names; the bytes stay. Needs --out, weights are never rewritten in "
     "place."},
    {"tied-but-different", Severity::kError, "config.json ties embeddings that differ",
     "Training untied them, for instance an adapter that saves both. transformers 4 drops the output "
     "embeddings "
     "when it loads, transformers 5 keeps both and warns.",
     "Both are kept and tie_word_embeddings becomes false."},
    // Other files of a release.
    {"results-not-finite", Severity::kError, "A results file holds NaN or Infinity",
     "These are no JSON: other readers refuse the whole file.", "They become null."},
    {"card-missing", Severity::kNote, "There is no model card",
     "Nobody can see where the model comes from or how to use it, and the Hub cannot file it.",
     "A card is written."},
    {"card-generated", Severity::kWarning, "The model card is the trainer's boilerplate",
     "It lacks data sets, licence and stops, and may name the model None.",
     "It is replaced by a card made from facts."},
    {"card-template", Severity::kNote, "The model card is peft's template, not filled in",
     "It says nothing but the base's name: what the model is, is left to people to write.",
     "It is replaced by a card made from facts."},
    {"card-stale", Severity::kNote, "The model card does not say what is published",
     "Facts in it are missing or no longer true.", "Our fenced parts are renewed; what people wrote stays."},
    {"loss-curve", Severity::kNote, "The card has a picture of the losses",
     "How training went can only be read from the trainer's log, which is not published.",
     "loss-curve.svg is drawn from trainer_state.json and published beside the card. A file of that name "
     "that is not "
     "Slipway's is left alone, and nothing is drawn."},
    {"eval-results", Severity::kNote, "Results on a benchmark were given",
     "The Hub's leaderboards read results from files of their own, not from the card.",
     ".eval_results/BENCHMARK.yaml is written from what --eval names, in the Hub's form."},
    {"eval-not-registered", Severity::kNote, "Results on other benchmarks are left out",
     "The file that --eval names also holds tasks for which no registered benchmark is known.",
     "Nothing: the warning names them."},
});

}  // namespace

std::string_view severity_name(Severity severity) {
  constexpr std::string_view kNames[] = {"error", "warning", "note"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::span<const FixCode> fix_codes() { return kCodes; }

const FixCode* find_code(std::string_view code) {
  for (const std::span<const FixCode> table : {fix_codes(), said_codes(), problem_codes()}) {
    const auto at = std::ranges::find(table, code, &FixCode::code);
    if (at != table.end()) return &*at;
  }
  return nullptr;
}

Severity severity_of(std::string_view code) {
  const FixCode* known = find_code(code);
  return known == nullptr ? Severity::kWarning : known->severity;
}

}  // namespace slipway::model
