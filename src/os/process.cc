#include "os/process.h"

#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace slipway::os {

Millis SystemClock::steady() {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch());
}

std::int64_t SystemClock::unix_ms() {
  return std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void RandomDice::fill(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    SLIPWAY_CHECK(got > 0 || errno == EINTR);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

Cpu usable_cpu(const Environment& environment) {
  return environment.get("SLIPWAY_CPU") == "portable" ? Cpu{} : detect_cpu();
}

double Dice::fraction() {
  std::uint64_t bits = 0;
  std::array<std::byte, 8> bytes{};
  fill(bytes);
  std::memcpy(&bits, bytes.data(), bytes.size());
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

std::optional<std::string> ProcessEnvironment::get(std::string_view name) const {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

void forbid_core_files() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0,
                0);  // where the kernel pipes cores to a handler, the limit is not asked
}

void name_process(const char* name) { (void)::prctl(PR_SET_NAME, name, 0, 0, 0); }

std::string process_text() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return fmt::format("{}, process {}", host.data(), ::getpid());
}

}  // namespace slipway::os
