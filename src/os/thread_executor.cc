#include "os/thread_executor.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace slipway::os {
namespace {

constexpr Millis kTick{50};
// A signal handler may touch nothing but such a flag; this is the one global of the process.
std::atomic<int> g_signals{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int number) {
  if (g_signals.fetch_add(1) > 0) _exit(128 + number);
}

}  // namespace

void ThreadExecutor::run(std::vector<Task> tasks, std::size_t in_flight_max) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next.fetch_add(1); i < tasks.size(); i = next.fetch_add(1)) tasks[i]();
  };
  const std::size_t count = std::min(tasks.size(), std::max<std::size_t>(1, in_flight_max));
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < count; ++i) others.emplace_back(work);
  work();
}

void ThreadExecutor::sleep(Millis duration) {
  const auto end = std::chrono::steady_clock::now() + duration;
  while (!interrupted() && std::chrono::steady_clock::now() < end) {
    const auto left = std::chrono::ceil<Millis>(end - std::chrono::steady_clock::now());
    std::this_thread::sleep_for(std::min(left, kTick));
  }
}

bool ThreadExecutor::interrupted() const { return g_signals.load() > 0; }

void install_signal_handlers() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

}  // namespace slipway::os
