// Who started this process, and when: from /proc.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "os/file_descriptor.h"
#include "os/process.h"

namespace slipway::os {
namespace {

constexpr int kAncestorsMax = 32;
constexpr std::size_t kTextBytesMax = 4u << 20;

std::string read_text(const std::string& path) {
  std::string text;
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return text;
  std::array<char, 4096> piece{};
  while (text.size() < kTextBytesMax) {
    const ssize_t got = ::read(file.get(), piece.data(), piece.size());
    if (got <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  return text;
}

// Fields of /proc/PID/stat after the name, which may hold blanks and brackets: the first is the state.
struct Stat {
  long parent = 0;
  std::int64_t start_ticks = 0;  // since boot
};

std::optional<Stat> read_stat(long pid) {
  const std::string text = read_text(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::string_view rest = std::string_view(text).substr(name_end + 1);
  Stat stat;
  for (int field = 0; !rest.empty(); ++field) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (field == 1) std::from_chars(word.data(), word.data() + word.size(), stat.parent);
    if (field == 19) std::from_chars(word.data(), word.data() + word.size(), stat.start_ticks);
    rest.remove_prefix(word.size());
  }
  return stat;
}

bool has_any(const std::string& environment, std::span<const std::string_view> variables) {
  return std::ranges::any_of(variables, [&](std::string_view name) {
    const std::string entry = fmt::format("{}=", name);
    return environment.starts_with(entry) || environment.find('\0' + entry) != std::string::npos;
  });
}

std::int64_t now_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

std::int64_t launcher_start_unix_ms(std::span<const std::string_view> variables) {
  const long ticks = ::sysconf(_SC_CLK_TCK);
  if (ticks <= 0) return 0;
  long pid = ::getppid();
  for (int i = 0; i < kAncestorsMax && pid > 0; ++i) {
    const auto stat = read_stat(pid);
    if (!stat) return 0;
    if (!has_any(read_text(fmt::format("/proc/{}/environ", pid)), variables))
      return now_ms(CLOCK_REALTIME) - now_ms(CLOCK_BOOTTIME) + stat->start_ticks * 1000 / ticks;
    pid = stat->parent;
  }
  return 0;
}

}  // namespace slipway::os
