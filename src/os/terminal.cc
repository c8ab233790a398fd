#include "os/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace slipway::os {
namespace {

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(descriptor, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // nobody reads any more; the exit code still tells
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

}  // namespace

void ProcessTerminal::write_out(std::string_view text) { write_all(STDOUT_FILENO, text); }
void ProcessTerminal::write_err(std::string_view text) { write_all(STDERR_FILENO, text); }
bool ProcessTerminal::err_is_terminal() const { return ::isatty(STDERR_FILENO) == 1; }

std::optional<std::string> ProcessTerminal::ask(std::string_view question) {
  if (::isatty(STDIN_FILENO) != 1) return std::nullopt;
  write_err(question);
  std::string line;
  constexpr std::size_t kLineMax = 4096;
  for (char letter = 0; line.size() < kLineMax;) {
    const ssize_t got = ::read(STDIN_FILENO, &letter, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || letter == '\n') break;
    line += letter;
  }
  return line;
}

int ProcessTerminal::width() const {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void StringTerminal::write_out(std::string_view text) {
  const std::scoped_lock hold(mutex_);
  out_ += text;
}

void StringTerminal::write_err(std::string_view text) {
  const std::scoped_lock hold(mutex_);
  err_ += text;
}

std::string StringTerminal::out() const {
  const std::scoped_lock hold(mutex_);
  return out_;
}

std::string StringTerminal::err() const {
  const std::scoped_lock hold(mutex_);
  return err_;
}

}  // namespace slipway::os
