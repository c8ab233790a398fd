// cli/session.h - what every command is given.
//
// Threads    one thread
#pragma once

#include <functional>

#include "cli/arguments.h"
#include "cli/output.h"
#include "flow/publish.h"
#include "hub/client.h"
#include "hub/remote_folder.h"
#include "os/terminal.h"
#include "os/world.h"

namespace slipway::cli {

struct Session {
  os::World& world;
  os::Terminal& terminal;
  const Arguments& arguments;
  Output& output;
  std::size_t jobs = 4;
  bool progress = true;
  bool events = false;   // progress as JSON lines
  bool offline = false;  // HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE
};

// Endpoint and token from flags and environment.
Result<hub::ClientOptions> client_options(const Session& session);
// What publish, save and card are to do, from their flags; a flag the command does not have is absent.
Result<flow::PublishOptions> publish_options(const Session& session);

// `work`, done once however many copies of this command a launcher started: by rank 0, whose result the
// others give back. A dry run writes nothing, so every rank makes its own.
Result<void> once_for_all_ranks(Session& session, const os::Path& folder,
                                const std::function<Result<void>()>& work);

// `work` on the model that the command names: a folder (`remote` is null), or hf://OWNER/NAME[@REVISION].
using WorkOnModel = Result<void>(Session&, hub::Client&, const flow::PublishOptions&,
                                 hub::RemoteFolder* remote);
Result<void> on_model(Session& session, WorkOnModel work);

// One a command; each prints its result and gives nothing but the error back.
Result<void> run_publish(Session& session);
Result<void> run_save(Session& session);
Result<void> run_card(Session& session);
Result<void> run_repo_list(Session& session);
Result<void> run_repo_create(Session& session);
Result<void> run_repo_delete(Session& session);
Result<void> run_repo_move(Session& session);
Result<void> run_repo_settings(Session& session);
Result<void> run_repo_tag(Session& session);
Result<void> run_inspect(Session& session);
Result<void> run_doctor(Session& session);
Result<void> run_verify(Session& session);
Result<void> run_completion(Session& session);
Result<void> run_push(Session& session);
Result<void> run_pull(Session& session);
Result<void> run_undo(Session& session);
Result<void> run_status(Session& session);
Result<void> run_whoami(Session& session);
Result<void> run_serve(Session& session);
Result<void> run_token_create(Session& session);
Result<void> run_token_list(Session& session);
Result<void> run_token_revoke(Session& session);

}  // namespace slipway::cli
