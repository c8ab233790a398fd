#include <fmt/format.h>

#include "base/size_text.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "flow/publish.h"
#include "os/path.h"

namespace slipway::cli {
namespace {

constexpr std::uint64_t kRecipeBytesMax = 1u << 20;

Result<recipe::Recipe> load_recipe(const Session& session) {
  const Arguments& a = session.arguments;
  if (a.has("recipe") && a.has("config")) {
    return fail(ErrorCode::kInvalidArgument, "give either --recipe or --config, not both");
  }
  const std::string file = a.has("recipe") ? a.value("recipe") : a.value("config");
  std::string text;
  if (!file.empty()) {
    SLIPWAY_ASSIGN_WITHIN(text, "read the recipe", os::read_file(session.world.files, file, kRecipeBytesMax));
  }
  return recipe::read_recipe(text, file, a.all("set"));
}

Result<card::EvalResults> load_evals(const Session& session) {
  card::EvalResults evals;
  for (const std::string& file : session.arguments.all("eval")) {
    SLIPWAY_ASSIGN_WITHIN(const std::string text, "read the results",
                          os::read_file(session.world.files, file, card::kEvalBytesMax));
    SLIPWAY_TRY(card::read_eval_results(text, file, evals));
  }
  return evals;
}

Result<std::optional<bool>> visibility(const Arguments& a) {
  if (a.has("private") && a.has("public")) {
    return fail(ErrorCode::kInvalidArgument, "give either --private or --public, not both");
  }
  if (a.has("private")) return std::optional(true);
  if (a.has("public")) return std::optional(false);
  return std::optional<bool>();
}

Result<void> read_profile(const Arguments& a, flow::PublishOptions& options) {
  const std::string profile = a.value("profile");
  const std::string eos = a.value("eos", "union");
  if (!profile.empty() && profile != "handbook") {
    return fail(ErrorCode::kInvalidArgument, fmt::format("--profile knows 'handbook', not '{}'", profile));
  }
  if (eos != "union" && eos != "handbook") {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--eos knows 'union' and 'handbook', not '{}'", eos));
  }
  options.handbook_tag = a.has("recipe") || profile == "handbook";
  options.handbook_eos = eos == "handbook" || (profile == "handbook" && !a.has("eos"));
  return {};
}

Result<release::WeightWish> weight_wish(const Arguments& a) {
  release::WeightWish wish{.keep_dtype = a.value("dtype") == "keep",
                           .keep_tied = a.has("keep-tied"),
                           .dequantise = a.has("dequantise")};
  const std::string experts = a.value("experts");
  if (!experts.empty() && experts != "stacked" && experts != "apart")
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--experts knows stacked and apart, not '{}'", experts));
  if (!experts.empty()) wish.experts_stacked = experts == "stacked";
  const std::string dtype = a.value("dtype", "keep");
  for (const tensor::Dtype known : {tensor::Dtype::kF32, tensor::Dtype::kF16, tensor::Dtype::kBF16})
    if (dtype == tensor::torch_name(known)) wish.dtype = known;
  if (!wish.dtype && dtype != "keep") {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--dtype knows float32, float16, bfloat16 and keep, not '{}'", dtype));
  }
  if (a.has("max-shard-size")) {
    SLIPWAY_ASSIGN_WITHIN(wish.shard_bytes_max, "--max-shard-size", parse_size(a.value("max-shard-size")));
  }
  return wish;
}

Result<void> publish_with(Session& session, const flow::PublishOptions& options) {
  SLIPWAY_ASSIGN(hub::ClientOptions hub_options, client_options(session));
  hub::Client client(session.world, std::move(hub_options));
  Progress progress(session.terminal, session.world.clock, session.progress, session.events);
  SLIPWAY_ASSIGN(const flow::PublishResult result, flow::publish(session.world, client, options, progress));
  progress.finish();
  for (const model::Warning& warning : result.warnings) session.output.warn(warning);
  session.output.line(plan_json(result));
  session.output.result(publish_json(result));
  session.output.print(publish_text(result, session.arguments.has("verbose")));
  return {};
}

}  // namespace

Result<flow::PublishOptions> publish_options(const Session& session) {
  const Arguments& a = session.arguments;
  flow::PublishOptions options;
  SLIPWAY_ASSIGN(options.recipe, load_recipe(session));
  SLIPWAY_ASSIGN(options.evals, load_evals(session));
  SLIPWAY_ASSIGN(options.make_private, visibility(a));
  SLIPWAY_TRY(read_profile(a, options));
  options.run = !a.positionals.empty() ? a.positionals.front() : options.recipe.output_dir.value_or("");
  if (options.run.empty()) {
    return fail(ErrorCode::kInvalidArgument, "which run? Give its folder, or a recipe with output_dir");
  }
  options.out = a.maybe("out");
  options.stream = a.has("stream");
  if (options.out && options.stream)
    return fail(ErrorCode::kInvalidArgument, "give either --out or --stream, not both");
  SLIPWAY_ASSIGN(options.weights, weight_wish(a));
  if (a.has("no-push"))
    options.push = false;
  else if (a.has("push") || a.has("to"))
    options.push = true;
  options.to = a.value("to");
  options.revision = a.value("revision");
  options.commit_message = a.value("commit-message", options.commit_message);
  options.base = a.value("base");
  options.tags = a.all("tag");
  options.datasets = a.all("dataset");
  options.languages = a.all("language");
  options.license = a.maybe("license");
  options.model_name = a.value("model-name");
  options.add = a.all("add");
  options.exclude = a.all("exclude");
  options.fix_pad = a.has("fix-pad");
  options.merge = a.has("merge");
  const std::string onto = a.value("merge-onto", "16bit");
  if (onto != "16bit" && onto != "4bit")
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("--merge-onto knows 16bit and 4bit, not '{}'", onto));
  if (a.has("merge-onto") && !options.merge)
    return fail(ErrorCode::kInvalidArgument,
                "--merge-onto says what an adapter is merged into; give --merge");
  options.merge_onto_4bit = onto == "4bit";
  options.allow_nan = a.has("allow-nan");
  options.allowed_secrets = a.all("allow-secret");
  options.followed_links = a.all("follow-symlinks");
  options.create_pr = a.has("create-pr");
  options.allow_several = a.has("allow-several-commits");
  options.replan = a.has("replan");
  options.dry_run = a.has("dry-run");
  options.offline = session.offline;
  options.jobs = session.jobs;
  if (a.has("jobs")) options.writers = session.jobs;
  return options;
}

Result<void> run_publish(Session& session) {
  SLIPWAY_ASSIGN(const flow::PublishOptions options, publish_options(session));
  return once_for_all_ranks(session, options.run, [&] { return publish_with(session, options); });
}

Result<void> run_save(Session& session) {
  SLIPWAY_ASSIGN(flow::PublishOptions options, publish_options(session));
  options.save = true;
  if (!options.out) {
    return fail(ErrorCode::kInvalidArgument, "where to? `slipway save` writes to another folder: --out DIR");
  }
  return once_for_all_ranks(session, options.run, [&] { return publish_with(session, options); });
}

}  // namespace slipway::cli
