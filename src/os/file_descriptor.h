// os/file_descriptor.h - owns one open descriptor of the kernel, and calls again what a signal cut short.
//
// Threads    one thread; only src/os sees it
#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace slipway::os {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  // close() is never repeated: on Linux the number is free even when it fails.
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int get() const { return number_; }
  bool valid() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// Repeats `call` while a signal interrupts it; its last answer otherwise.
template <class Call>
auto retry_interrupted(Call call) {
  auto answer = call();
  while (answer < 0 && errno == EINTR) answer = call();
  return answer;
}

}  // namespace slipway::os
