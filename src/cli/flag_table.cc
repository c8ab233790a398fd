#include <algorithm>
#include <array>

#include "cli/flags.h"

namespace slipway::cli {
namespace {

constexpr Flag kGlobalFlags[] = {
    {.name = "endpoint",
     .value = "URL",
     .help = "The Hub to speak to (else HF_ENDPOINT, else https://huggingface.co)."},
    {.name = "token-file",
     .value = "F",
     .help = "Read the token from a file, or a pipe as in <(pass hub); it never stands on the command line."},
    {.name = "json", .help = "One JSON object a line on stdout."},
    {.name = "quiet", .help = "Say nothing on stderr but errors.", .also = "q"},
    {.name = "verbose", .help = "Say more on stderr.", .also = "v"},
    {.name = "jobs",
     .value = "N",
     .help = "Files read or sent at the same time (4; one where a save only moves bytes).",
     .also = "max-workers"},
    {.name = "memory",
     .value = "SIZE",
     .help = "Memory for buffers (512MiB); fewer files at a time when small."},
    {.name = "no-progress", .help = "No progress on stderr."},
    {.name = "help", .help = "Show this help.", .also = "h"},
};

// The flags of several commands at once, each written once.
template <std::size_t... kSizes>
constexpr auto together(const Flag (&... groups)[kSizes]) {
  std::array<Flag, (kSizes + ...)> all{};
  auto at = all.begin();
  ((at = std::ranges::copy(groups, at).out), ...);
  return all;
}

constexpr Flag kRecipe[] = {
    {.name = "recipe", .value = "F", .help = "An alignment-handbook recipe (YAML); the card gets its tag."},
    {.name = "config", .value = "F", .help = "The same YAML as a plain TRL config, without the tag."},
    {.name = "set", .value = "KEY=VALUE", .help = "Lay a key over the recipe.", .repeatable = true},
    {.name = "base",
     .value = "PATH|ID",
     .help = "The base model: a folder, a public id, or with --merge hf://OWNER/NAME[@REV]."},
};
constexpr Flag kStops[] = {
    {.name = "eos", .value = "union|handbook", .help = "How the stop ids are aligned (union)."},
    {.name = "profile", .value = "handbook", .help = "--eos handbook and the alignment-handbook tag."},
};
constexpr Flag kCardFacts[] = {
    {.name = "license", .value = "L", .help = "The card's licence id, e.g. apache-2.0."},
    {.name = "language", .value = "L", .help = "A language of the card, e.g. en.", .repeatable = true},
    {.name = "tag", .value = "T", .help = "A tag of the card.", .repeatable = true},
    {.name = "dataset", .value = "ID", .help = "A data set of the card.", .repeatable = true},
    {.name = "model-name", .value = "N", .help = "The card's heading."},
    {.name = "eval",
     .value = "FILE",
     .help = "Results on registered benchmarks: the Hub's own form, or lm-evaluation-harness's.",
     .repeatable = true},
};
constexpr Flag kNewRepository[] = {
    {.name = "revision", .value = "R", .help = "Branch to publish to; made when absent (main)."},
    {.name = "private", .help = "A new repository is private (the default)."},
    {.name = "public", .help = "A new repository is public."},
};
constexpr Flag kAllowSecret[] = {{.name = "allow-secret",
                                  .value = "SHA",
                                  .help = "Publish a text that looks like a secret; SHA as the refusal says.",
                                  .repeatable = true}};
constexpr Flag kReplan[] = {
    {.name = "create-pr", .help = "Open a pull request against main instead of changing it."},
    {.name = "replan", .help = "When the branch moves, plan again on its new head."},
    {.name = "allow-several-commits",
     .help = "Where a release is too large for one commit and cannot be merged at once."},
};

constexpr Flag kRanks[] = {{.name = "rank-timeout",
                            .value = "SECONDS",
                            .help = "How long ranks above 0 wait for rank 0 to begin (600)."}};

constexpr Flag kMerge[] = {
    {.name = "merge-onto",
     .value = "16bit|4bit",
     .help =
         "What an adapter is merged into: the base's own numbers (16bit), or what a 4-bit training made of "
         "them."},
    {.name = "merge",
     .help = "Merge the adapter into its base (--base, else the one it names); needs --out or --stream."}};

constexpr Flag kDequantise[] = {{.name = "dequantise",
                                 .help = "Write the 4-bit weights of bitsandbytes as the floats that they "
                                         "stand for; needs --out or --stream.",
                                 .also = "dequantize"}};

constexpr Flag kExperts[] = {{.name = "experts",
                              .value = "stacked|apart",
                              .help = "Write the experts of each layer in one tensor, as transformers 5 "
                                      "holds them, or each one's alone, as "
                                      "published files do; needs --out or --stream."}};

constexpr Flag kPublishWays[] = {
    {.name = "to", .value = "OWNER/NAME", .help = "Publish to this repository."},
    {.name = "push", .help = "Publish to the repository that the recipe names."},
    {.name = "no-push", .help = "Prepare everything, send nothing."},
    {.name = "out", .value = "DIR", .help = "Write the release there; RUN stays as it is."},
    {.name = "stream", .help = "Send the release as it is made: nothing is written here but state."},
    {.name = "dtype",
     .value = "T",
     .help = "Cast float weights: float32, float16, bfloat16 or keep (keep); needs --out or --stream."},
    {.name = "max-shard-size",
     .value = "S",
     .help = "Cut weights into files of at most S, e.g. 5GB; needs --out or --stream."},
    {.name = "keep-tied", .help = "With --out or --stream: keep both copies of tied embeddings."},
};
constexpr Flag kPublishContents[] = {
    {.name = "fix-pad", .help = "Where the padding token is a stop, write the base's instead."},
    {.name = "commit-message", .value = "M", .help = "Summary of the commit (End of training)."},
    {.name = "add", .value = "GLOB", .help = "Publish these files too.", .repeatable = true},
    {.name = "exclude", .value = "GLOB", .help = "Leave these files out.", .repeatable = true},
    {.name = "follow-symlinks",
     .value = "PATH",
     .help = "Read links of RUN that lead into this file or folder.",
     .repeatable = true},
    {.name = "allow-nan", .help = "Publish weights that hold NaN or infinity."},
    {.name = "dry-run", .help = "Show the plan; change nothing here or on the Hub."},
};
constexpr auto kPublishFlags =
    together(kRecipe, kPublishWays, kMerge, kDequantise, kExperts, kStops, kNewRepository, kCardFacts,
             kPublishContents, kAllowSecret, kReplan, kRanks);
constexpr Example kPublishExamples[] = {
    {"slipway publish out/ --recipe config.yaml",
     "fix the metadata in place; push if the recipe says push_to_hub"},
    {"slipway publish out/ --to me/my-model", "publish to the Hub, privately"},
    {"slipway publish out/ --out release/ --no-push", "write a clean copy, send nothing"},
    {"slipway publish out/ --to me/my-model --dry-run --json", "show what would happen"},
};

constexpr Flag kSaveWays[] = {
    {.name = "out", .value = "DIR", .help = "The folder to write; it appears complete or not at all."},
    {.name = "dtype", .value = "T", .help = "Cast float weights: float32, float16, bfloat16 or keep (keep)."},
    {.name = "max-shard-size", .value = "S", .help = "Cut weights into files of at most S (5GB)."},
    {.name = "keep-tied", .help = "Keep both copies of tied embeddings."},
    {.name = "to", .value = "OWNER/NAME", .help = "Publish it to this repository too."},
    {.name = "push", .help = "Publish it to the repository that the recipe names."},
    {.name = "no-push", .help = "Send nothing, whatever the recipe says."},
};
constexpr Flag kSaveContents[] = {
    {.name = "commit-message", .value = "M", .help = "Summary of the commit (End of training)."},
    {.name = "allow-nan", .help = "Write weights that hold NaN or infinity."},
    {.name = "dry-run", .help = "Show the plan; change nothing here or on the Hub."},
};
constexpr auto kSaveFlags = together(kSaveWays, kMerge, kDequantise, kExperts, kRecipe, kNewRepository,
                                     kSaveContents, kAllowSecret, kRanks);
constexpr Example kSaveExamples[] = {
    {"slipway save out/ --out clean/", "a clean model folder in shards of 5 GB"},
    {"slipway save out/ --out half/ --dtype bfloat16 --max-shard-size 2GB", "cast and cut"},
    {"slipway save bnb-4bit/ --out plain/ --dequantise",
     "a 4-bit model as plain floats, bit for bit what it computes with"},
    {"slipway save out/ --out clean/ --experts apart",
     "the experts of a MoE model one by one, as loaders of both eras take them"},
};

constexpr Flag kCheck[] = {
    {.name = "check", .help = "Only hold the card against the Hub's rules and the run; write nothing."}};
constexpr auto kCardFlags = together(kCheck, kRecipe, kStops, kCardFacts, kRanks);
constexpr Example kCardExamples[] = {
    {"slipway card out/ --recipe config.yaml", "write or refresh README.md and its loss curve, nothing else"},
    {"slipway card out/ --check", "say what the Hub would refuse in it, and whether it is stale"},
};

constexpr Flag kPushChoice[] = {
    {.name = "include", .value = "GLOB", .help = "Only these files.", .repeatable = true},
    {.name = "exclude", .value = "GLOB", .help = "Not these files.", .repeatable = true},
    {.name = "delete", .value = "GLOB", .help = "Delete these remote files too.", .repeatable = true},
};
constexpr Flag kPushCommit[] = {
    {.name = "commit-message", .value = "M", .help = "Summary of the commit."},
    {.name = "dry-run", .help = "Show the plan; change nothing on the Hub."},
};
constexpr auto kPushFlags = together(kPushChoice, kNewRepository, kPushCommit, kAllowSecret, kReplan, kRanks);
constexpr Example kPushExamples[] = {
    {"slipway push release/ me/my-model", "publish a folder as it is"},
    {"slipway push base/ me/base --public", "make the new repository public"},
};

constexpr Flag kPullFlags[] = {
    {.name = "out",
     .value = "DIR",
     .help = "Put the files there (else into the Hub cache).",
     .also = "local-dir"},
    {.name = "revision", .value = "R", .help = "Branch, tag or commit (main)."},
    {.name = "include", .value = "GLOB", .help = "Only these files.", .repeatable = true},
    {.name = "exclude", .value = "GLOB", .help = "Not these files.", .repeatable = true},
};
constexpr Example kPullExamples[] = {
    {"slipway pull me/my-model --out copy/", "fetch a repository into a folder"},
    {"slipway pull me/my-model --revision v1.0", "fetch a tag into the Hub cache"},
};

constexpr Example kInspectExamples[] = {
    {"slipway inspect out/", "what is there: kind, format, tensors, problems"}};
constexpr Flag kBase[] = {
    {.name = "base", .value = "PATH|ID", .help = "The base model: a folder or a public id."}};
constexpr Flag kCure[] = {
    {.name = "fix",
     .help = "Repair what can be: in place (`slipway undo PATH` takes it back); of a repository by a pull "
             "request."},
    {.name = "fix-pad", .help = "Where the padding token is a stop, write the base's instead."},
};
constexpr auto kDoctorFlags = together(kCure, kBase);
constexpr Example kDoctorExamples[] = {
    {"slipway doctor out/", "the known defects of a model's folder, each with its diff and reason"},
    {"slipway doctor out/ --fix", "repair them; undo takes it back"},
    {"slipway doctor hf://me/my-model", "the same of a repository, without fetching its weights"}};
constexpr Flag kCiReports[] = {
    {.name = "sarif", .value = "F", .help = "Write what was found as SARIF 2.1.0 too."},
    {.name = "junit", .value = "F", .help = "Write it as JUnit XML too: a test case a file."},
};
constexpr auto kVerifyFlags = together(kCiReports, kBase);
constexpr Example kVerifyExamples[] = {
    {"slipway verify release/", "is it a whole, sound model, and the one that was published?"},
    {"slipway verify release/ --sarif slipway.sarif", "the same for CI"}};
constexpr Example kCompletionExamples[] = {
    {"source <(slipway completion bash)", "in ~/.bashrc"},
    {"slipway completion fish > ~/.config/fish/completions/slipway.fish", "for fish"}};
constexpr Example kUndoExamples[] = {
    {"slipway undo out/", "take back what publish or card changed in place"}};
constexpr Example kStatusExamples[] = {
    {"slipway status out/", "what was changed in place, and whether somebody is at work there"},
    {"slipway status release/", "how far an interrupted --out release/ got"}};
constexpr Example kWhoamiExamples[] = {{"slipway whoami", "the account behind the token"}};

constexpr Flag kVisibilityFlags[] = {
    {.name = "private", .help = "Only its owner and organisation see it."},
    {.name = "public", .help = "Everybody sees it."},
};
constexpr Flag kGate[] = {{.name = "gated",
                           .value = "auto|manual|no",
                           .help = "Whether people ask before they read its files, and who answers."}};
constexpr auto kRepoSettingsFlags = together(kVisibilityFlags, kGate);
constexpr Flag kRepoTagFlags[] = {
    {.name = "revision", .value = "R", .help = "Branch or commit to be tagged (main)."},
    {.name = "message", .value = "M", .help = "What the tag says."},
};
constexpr Flag kRepoDeleteFlags[] = {{.name = "yes", .help = "Do not ask; needed where nobody sits."}};
constexpr Example kRepoListExamples[] = {{"slipway repo list", "your own repositories"},
                                         {"slipway repo list my-org", "those of an organisation"}};
constexpr Example kRepoCreateExamples[] = {
    {"slipway repo create me/my-model --public", "an empty public repository"}};
constexpr Example kRepoDeleteExamples[] = {{"slipway repo delete me/my-model", "asks for the name again"}};
constexpr Example kRepoMoveExamples[] = {{"slipway repo move me/old my-org/new", "give it another name"}};
constexpr Example kRepoSettingsExamples[] = {
    {"slipway repo settings me/my-model --public", "open it to everybody"},
    {"slipway repo settings me/my-model --gated manual", "let people ask for access first"}};
constexpr Example kRepoTagExamples[] = {{"slipway repo tag me/my-model v1.0", "name the head of main"}};

constexpr Flag kServeFlags[] = {
    {.name = "root", .value = "DIR", .help = "The folder that holds everything; made when absent."},
    {.name = "port", .value = "N", .help = "Port to listen on; 0 picks a free one (8080)."},
    {.name = "host", .value = "H", .help = "Address to listen on (127.0.0.1)."},
    {.name = "no-limits", .help = "Do not enforce the Hub's size limits."},
    {.name = "insecure-http", .help = "Serve other hosts without TLS; tokens then travel in clear."},
    {.name = "multipart-from",
     .value = "SIZE",
     .help = "Large files of at least SIZE are sent in parts by clients that can (5GB)."},
    {.name = "multipart-part", .value = "SIZE", .help = "How large such a part is (256MiB)."},
    {.name = "upload-lifetime", .value = "SECONDS", .help = "How long an upload address holds (21600)."},
    {.name = "faults", .value = "FILE", .help = "For tests: spoil the requests that its rules name."},
    {.name = "record", .value = "FILE", .help = "For tests: add a line of JSON to it for every request."},
};
constexpr Example kServeExamples[] = {
    {"slipway hub serve --root hub/", "a Hub of your own at http://127.0.0.1:8080"},
    {"HF_ENDPOINT=http://127.0.0.1:8080 hf download me/my-model", "stock clients use it through HF_ENDPOINT"},
};

constexpr Flag kTokenCreateFlags[] = {
    {.name = "root", .value = "DIR", .help = "The embedded Hub's folder."},
    {.name = "user", .value = "NAME", .help = "The account that the token stands for."},
    {.name = "role", .value = "read|write|admin", .help = "What it may do (read)."},
    {.name = "namespace", .value = "ORG", .help = "An organisation it may write to.", .repeatable = true},
};
constexpr Example kTokenCreateExamples[] = {{"slipway hub token create --root hub/ --user ada --role write",
                                             "print a new token once; it ends open mode"}};

constexpr Flag kTokenFlags[] = {{.name = "root", .value = "DIR", .help = "The embedded Hub's folder."}};
constexpr Example kTokenListExamples[] = {
    {"slipway hub token list --root hub/", "the tokens, without their secrets"}};
constexpr Example kTokenRevokeExamples[] = {
    {"slipway hub token revoke 3f9c --root hub/", "take a token back"}};

constexpr Command kCommands[] = {
    {"publish", "[RUN]", "Turn a finished training run into a correct, verified, published model.",
     "Fixes stop ids, KV cache flag and generation settings, writes the model card, verifies the weights "
     "and, when "
     "asked, publishes everything in one commit. Without --out the small files are fixed in place (originals "
     "are "
     "kept: `slipway undo RUN`); weights are never rewritten in place. Safe to interrupt and to run again.",
     kPublishFlags, kPublishExamples, 0, 1},
    {"save", "SRC", "Write a clean model folder: cast, cut into shards, metadata fixed.",
     "SRC stays as it is. The same command again goes on where an interrupted one stopped; finished files "
     "are not "
     "written again. Without config or tokenizer the weights are written alone, with a warning.",
     kSaveFlags, kSaveExamples, 1, 1},
    {"card", "PATH", "Write, refresh or only check the model card of a run.",
     "README.md and its loss curve become what publish would write, and no other file is touched. Text "
     "outside the fenced "
     "regions and "
     "front-matter keys of your own stay; the original is kept: `slipway undo PATH`. Not one request is "
     "sent.",
     kCardFlags, kCardExamples, 1, 1},
    {"inspect", "PATH", "Say what is in a run's folder, without judging it.", "", {}, kInspectExamples, 1, 1},
    {"doctor", "PATH|hf://OWNER/NAME[@REV]", "Find the known defects of a model, and repair them.",
     "Every defect has a code with a page in docs/fixes/. Ends with 0 when there is none, else with 5. What "
     "only "
     "helps other engines or older versions is no defect: -v and --json show it as notes.",
     kDoctorFlags, kDoctorExamples, 1, 1},
    {"verify", "PATH|hf://OWNER/NAME[@REV]",
     "Hold a model against its config, its index and its release; for CI.",
     "Reads every weight once and writes nothing: names, shapes, index, config, NaN and infinity, chat "
     "template "
     "and stops, one layer against the others, and the digests of the release's manifest or of the Hub "
     "cache. Ends "
     "with 0 or 5.",
     kVerifyFlags, kVerifyExamples, 1, 1},
    {"push", "DIR OWNER/NAME", "Publish a folder as it is, in one commit.",
     "Training state, logs and hidden state folders stay at home. Files that exist only on the Hub stay "
     "there, except "
     "weight files that the new set would be shadowed by.",
     kPushFlags, kPushExamples, 2, 2},
    {"pull", "OWNER/NAME", "Fetch a repository; wrong bytes never reach a file's final name.", "", kPullFlags,
     kPullExamples, 1, 1},
    {"undo",
     "RUN",
     "Take back what publish or card changed in place: bytes and modes.",
     "A file that somebody changed since is named and left.",
     {},
     kUndoExamples,
     1,
     1},
    {"status",
     "RUN|DIR",
     "Tell what the state of a run, or of a folder that --out was writing, holds.",
     "Which files were changed in place and can be taken back, what an interrupted command left, and who is "
     "at work there now. Changes nothing.",
     {},
     kStatusExamples,
     1,
     1},
    {"whoami", "", "Show the account behind the token, and the endpoint.", "", {}, kWhoamiExamples, 0, 0},
    {"completion",
     "bash|zsh|fish",
     "Print what a shell needs to complete these commands.",
     "",
     {},
     kCompletionExamples,
     1,
     1},
    {"repo list", "[OWNER]", "List the repositories of an account.", "", {}, kRepoListExamples, 0, 1},
    {"repo create", "OWNER/NAME", "Make an empty repository; private unless --public.", "", kVisibilityFlags,
     kRepoCreateExamples, 1, 1},
    {"repo delete", "OWNER/NAME", "Delete a repository for good.", "", kRepoDeleteFlags, kRepoDeleteExamples,
     1, 1},
    {"repo move",
     "OWNER/NAME OWNER/NAME",
     "Give a repository another name or owner.",
     "",
     {},
     kRepoMoveExamples,
     2,
     2},
    {"repo settings", "OWNER/NAME", "Change who sees a repository, and who reads its files.", "",
     kRepoSettingsFlags, kRepoSettingsExamples, 1, 1},
    {"repo tag", "OWNER/NAME TAG", "Name a commit of a repository.",
     "A tag that is there already stays where it is, and that is said.", kRepoTagFlags, kRepoTagExamples, 2,
     2},
    {"hub serve", "", "Serve a Hub of your own from one folder.",
     "Stock clients use it through HF_ENDPOINT. Without tokens it listens on loopback only and lets everyone "
     "write.",
     kServeFlags, kServeExamples, 0, 0},
    {"hub token create", "", "Make a token for the embedded Hub and print it once.", "", kTokenCreateFlags,
     kTokenCreateExamples, 0, 0},
    {"hub token list", "", "List the embedded Hub's tokens.", "", kTokenFlags, kTokenListExamples, 0, 0},
    {"hub token revoke", "ID", "Take a token of the embedded Hub back.", "", kTokenFlags,
     kTokenRevokeExamples, 1, 1},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const Flag> global_flags() { return kGlobalFlags; }

const Command* find_command(std::string_view name) {
  const auto* at = std::ranges::find(kCommands, name, &Command::name);
  return at == std::end(kCommands) ? nullptr : at;
}

}  // namespace slipway::cli
