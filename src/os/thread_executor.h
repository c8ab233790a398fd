// os/thread_executor.h - the real Executor: threads, sleep, and the signals that end a command.
//
// Threads    share freely
#pragma once

#include "slipway/executor.h"

namespace slipway::os {

class ThreadExecutor : public Executor {
 public:
  void run(std::vector<Task> tasks, std::size_t in_flight_max) override;
  void sleep(Millis duration) override;
  bool interrupted() const override;
};

// SIGINT and SIGTERM make interrupted() true; a second one ends the process at once. SIGPIPE is ignored.
void install_signal_handlers();

}  // namespace slipway::os
