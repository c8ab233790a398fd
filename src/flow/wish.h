// flow/wish.h - what is wanted of a publish, once flags, recipe and the account have been asked.
//
// Contract   --no-push wins; --push or --to asks for a push; else the recipe's push_to_hub. Target: --to,
//            else hub_model_id, else the last part of output_dir, else of RUN; a bare name is put under
//            the account's. Branch: --revision, else hub_revision, else main. What the recipe does not say of
//            target, visibility and branch, training_args.bin does; whether to push it never decides.
// Threads    one thread
// Errors     kInvalidArgument naming the id; as Client::whoami
#pragma once

#include <optional>
#include <string>

#include "flow/publish.h"
#include "hub/wire/types.h"
#include "run/run.h"

namespace slipway::flow {

struct Wish {
  bool push = false;
  std::optional<hub::wire::RepoId> repo{};  // only when pushing
  std::string revision = "main";
  std::optional<bool> make_private{};
};

Result<Wish> decide_wish(hub::Client& client, const PublishOptions& options, const run::RunFacts& run);

// Where the same options push to without --no-push, as far as it is known without the Hub: "owner/name", or
// "" when they ask for no push or only the account could complete a bare name.
Result<std::string> known_target(const PublishOptions& options, const run::RunFacts& run);

// The run had asked for a push, and nobody has decided about one since.
bool is_push_forgotten(const PublishOptions& options, const run::RunFacts& run);

}  // namespace slipway::flow
