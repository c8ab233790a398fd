// The program: builds the world once and hands it down.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/app.h"
#include "flow/ranks.h"
#include "os/curl_transport.h"
#include "os/posix_file_system.h"
#include "os/process.h"
#include "os/thread_executor.h"

namespace {

// Only a rank asks, and only for a rank are the ancestors looked at: not at every start.
std::int64_t launched_unix_ms(const slipway::os::Environment& environment) {
  using slipway::flow::kRankVariables;
  const bool ranked = std::ranges::any_of(
      kRankVariables, [&](std::string_view name) { return environment.get(name).has_value(); });
  return ranked ? slipway::os::launcher_start_unix_ms(kRankVariables) : 0;
}

}  // namespace

int main(int count, char** words) {
  using namespace slipway;
  os::forbid_core_files();
  os::name_process("slipway");
  os::install_signal_handlers();
  os::PosixFileSystem files;
  os::ThreadExecutor executor;
  os::ProcessEnvironment environment;
  os::CurlTransport http(executor, environment);
  os::SystemClock clock;
  os::RandomDice dice;
  os::World world{.files = files,
                  .http = http,
                  .executor = executor,
                  .clock = clock,
                  .dice = dice,
                  .environment = environment,
                  .process = os::process_text(),
                  .cpu = os::usable_cpu(environment),
                  .launched_unix_ms = launched_unix_ms(environment)};
  os::ProcessTerminal terminal;
  return cli::run(world, terminal, std::vector<std::string>(words + 1, words + count));
}
