// completion: what a shell needs to complete our commands.
#include <fmt/format.h>

#include "cli/completions.h"
#include "cli/session.h"

namespace slipway::cli {

Result<void> run_completion(Session& session) {
  const std::string& shell = session.arguments.positionals.front();
  std::string script;
  if (shell == "bash") script = bash_completion();
  if (shell == "zsh") script = zsh_completion();
  if (shell == "fish") script = fish_completion();
  if (script.empty())
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("completion knows bash, zsh and fish, not '{}'", shell));
  session.output.result(json::Value::object({{"shell", shell}, {"script", script}}));
  if (!session.output.json()) session.terminal.write_out(script);
  return {};
}

}  // namespace slipway::cli
