// os/world.h - everything outside the process that a command may touch, handed down from main().
//
// Contract   No singletons: who is not given a World cannot read a clock, a file or a variable.
// Threads    share freely
// Doubles    os/test_world.h builds one from doubles
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/cpu.h"
#include "slipway/executor.h"
#include "slipway/file_system.h"
#include "slipway/http.h"

namespace slipway::os {

class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::optional<std::string> get(std::string_view name) const = 0;  // nullopt when unset or empty
};

struct World {
  FileSystem& files;
  HttpTransport& http;
  Executor& executor;
  Clock& clock;
  Dice& dice;
  const Environment& environment;
  std::string process = "a process without a name";  // "host, process 4711": for the text of locks
  Cpu cpu{};                                         // what may be used; as it stands, the portable paths
  std::int64_t launched_unix_ms = 0;  // when what started this process and its like began; 0: not known
};

}  // namespace slipway::os
