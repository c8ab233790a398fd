// The program: builds the world once and hands it down.
#include <string>
#include <vector>

#include "cli/app.h"
#include "flow/ranks.h"
#include "os/curl_transport.h"
#include "os/posix_file_system.h"
#include "os/process.h"
#include "os/thread_executor.h"

int main(int count, char** words) {
  using namespace slipway;
  os::forbid_core_files();
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
                  .launched_unix_ms = os::launcher_start_unix_ms(flow::kRankVariables)};
  os::ProcessTerminal terminal;
  return cli::run(world, terminal, std::vector<std::string>(words + 1, words + count));
}
