#include "cli/progress.h"

#include <fmt/format.h>

#include "base/size_text.h"
#include "slipway/json.h"

namespace slipway::cli {
namespace {

constexpr os::Millis kRedraw{100};
constexpr os::Millis kLineEvery{30'000};
constexpr os::Millis kEventEvery{100};
constexpr double kRateAfterSeconds = 0.5;

// "Committing 1 of 3" is the stage `committing`.
std::string stage_name(std::string_view phase) {
  std::string name(phase.substr(0, phase.find(' ')));
  for (char& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + 32);
  return name;
}

}  // namespace

std::string progress_line(std::string_view name, std::uint64_t done, std::uint64_t total, double seconds) {
  if (total == 0) return fmt::format("{}", name);
  const double share = static_cast<double>(done) / static_cast<double>(total);
  std::string text =
      fmt::format("{}  {} of {}  {:.0f} %", name, format_size(done), format_size(total), share * 100);
  if (seconds < kRateAfterSeconds || done == 0) return text;
  const double rate = static_cast<double>(done) / seconds;
  text += fmt::format("  {}/s", format_size(static_cast<std::uint64_t>(rate)));
  if (done < total)
    text += fmt::format("  {} left", format_duration(static_cast<double>(total - done) / rate));
  return text;
}

void Progress::finish() {
  const std::scoped_lock hold(mutex_);
  clear();
  tell_last();
}

void Progress::phase(std::string_view name, std::uint64_t total_bytes) {
  const std::scoped_lock hold(mutex_);
  tell_last();
  name_ = name;
  total_ = total_bytes;
  done_ = 0;
  started_ = clock_.steady();
  drawn_ = started_;
  if (enabled_ && terminal_.err_is_terminal()) draw(started_);
  tell(started_);
}

void Progress::advance(std::uint64_t bytes) {
  const std::scoped_lock hold(mutex_);
  done_ += bytes;
  if (!enabled_ && !events_) return;
  const os::Millis now = clock_.steady();
  if (now - told_ >= kEventEvery) tell(now);
  if (enabled_ && now - drawn_ >= (terminal_.err_is_terminal() ? kRedraw : kLineEvery)) draw(now);
}

void Progress::event(std::string_view text) {
  const std::scoped_lock hold(mutex_);
  if (events_) {
    terminal_.write_out(
        json::print_compact(json::Value::object({{"type", "event"}, {"event", "note"}, {"message", text}})) +
        "\n");
  }
  if (!enabled_) return;
  clear();
  terminal_.write_err(fmt::format("{}\n", text));
}

void Progress::tell(os::Millis now) {
  told_ = now;
  told_done_ = done_;
  if (!events_ || name_.empty()) return;
  terminal_.write_out(json::print_compact(json::Value::object({{"type", "event"},
                                                               {"event", "progress"},
                                                               {"stage", stage_name(name_)},
                                                               {"done", done_},
                                                               {"total", total_}})) +
                      "\n");
}

void Progress::tell_last() {
  if (told_done_ != done_) tell(clock_.steady());
}

void Progress::draw(os::Millis now) {
  drawn_ = now;
  const std::string line =
      progress_line(name_, done_, total_, std::chrono::duration<double>(now - started_).count());
  if (!terminal_.err_is_terminal()) {
    terminal_.write_err(line + "\n");
    return;
  }
  const auto width = static_cast<std::size_t>(terminal_.width());
  terminal_.write_err(fmt::format("\r\x1b[K{}", line.substr(0, width > 1 ? width - 1 : 1)));
  visible_ = true;
}

void Progress::clear() {
  if (!visible_) return;
  terminal_.write_err("\r\x1b[K");
  visible_ = false;
}

}  // namespace slipway::cli
