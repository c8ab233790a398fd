#include "os/timed_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <climits>

namespace slipway::os {
namespace {

using Clock = std::chrono::steady_clock;

// Waits for the event or the end of `longest`.
int wait_for(int socket, short event, std::chrono::nanoseconds longest) {
  const Clock::time_point end = Clock::now() + longest;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return ETIMEDOUT;
    pollfd waiting{.fd = socket, .events = event, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left, INT_MAX)));
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return errno;
  }
}

bool would_wait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

}  // namespace

TimedSocket::TimedSocket(FileDescriptor socket) : socket_(std::move(socket)) {
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
}

void TimedSocket::allow(const Patience& patience) {
  patience_ = patience;
  left_ = patience.longest;
}

int TimedSocket::pay_for(short event) {
  const Clock::time_point begin = Clock::now();
  const int error = wait_for(socket_.get(), event, left_);
  left_ -= std::min<std::chrono::nanoseconds>(left_, Clock::now() - begin);
  return error;
}

void TimedSocket::earn(std::size_t bytes) {
  if (patience_.bytes_per_second == 0) return;
  const std::chrono::duration<double> earned(static_cast<double>(bytes) /
                                             static_cast<double>(patience_.bytes_per_second));
  const std::chrono::duration<double> kept =
      std::min<std::chrono::duration<double>>(patience_.longest, left_ + earned);
  left_ = std::chrono::duration_cast<std::chrono::nanoseconds>(kept);
}

Moved TimedSocket::read_some(MutableBytes out) {
  while (true) {
    const ssize_t got = retry_interrupted([&] { return ::recv(socket_.get(), out.data(), out.size(), 0); });
    if (got >= 0) {
      earn(static_cast<std::size_t>(got));
      return {.bytes = static_cast<std::size_t>(got)};
    }
    if (!would_wait(errno)) return {.error = errno};
    if (const int error = pay_for(POLLIN); error != 0) return {.error = error};
  }
}

Moved TimedSocket::write_some(Bytes bytes) {
  while (true) {
    const ssize_t sent =
        retry_interrupted([&] { return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (sent >= 0) {
      earn(static_cast<std::size_t>(sent));
      return {.bytes = static_cast<std::size_t>(sent)};
    }
    if (!would_wait(errno)) return {.error = errno};
    if (const int error = pay_for(POLLOUT); error != 0) return {.error = error};
  }
}

int TimedSocket::wait_readable(std::chrono::milliseconds longest) const {
  return wait_for(socket_.get(), POLLIN, longest);
}

void TimedSocket::shut_down(int how) const { ::shutdown(socket_.get(), how); }

}  // namespace slipway::os
