// os/timed_socket.h - a connected socket on which no read and no write waits for ever.
//
// Contract   Waiting is paid from a store of time: allow() fills it, bytes that pass earn some back, never
//            more than it held at first. Who is silent uses it up at once, who drips uses it up in the end.
// Threads    one thread; shut_down() from any, while the socket lives
// Errors     ETIMEDOUT when the store is empty; else what the system says
#pragma once

#include <chrono>
#include <cstdint>

#include "os/file_descriptor.h"
#include "slipway/bytes.h"

namespace slipway::os {

struct Patience {
  std::chrono::milliseconds longest{0};
  std::uint64_t bytes_per_second = 0;  // a second is earned back by so many; 0: nothing is
};

struct Moved {
  std::size_t bytes = 0;  // 0 without an error: the other side has ended
  int error = 0;          // of the system, 0 for none
};

class TimedSocket {
 public:
  explicit TimedSocket(FileDescriptor socket);

  void allow(const Patience& patience);
  Moved read_some(MutableBytes out);
  Moved write_some(Bytes bytes);
  // 0 once something can be read, an end too; ETIMEDOUT when nothing came for so long.
  int wait_readable(std::chrono::milliseconds longest) const;
  void shut_down(int how) const;  // as shutdown(2): whoever waits here is woken

 private:
  int pay_for(short event);
  void earn(std::size_t bytes);

  FileDescriptor socket_;
  Patience patience_{};
  std::chrono::nanoseconds left_{0};
};

}  // namespace slipway::os
