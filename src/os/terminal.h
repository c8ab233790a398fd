// os/terminal.h - what the program says: stdout, stderr, and whether somebody watches.
//
// Threads    share freely
// Doubles    StringTerminal keeps what was written
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::os {

class Terminal {
 public:
  virtual ~Terminal() = default;
  virtual void write_out(std::string_view text) = 0;
  virtual void write_err(std::string_view text) = 0;
  virtual bool err_is_terminal() const = 0;
  // The line that a person types to the question; nullopt where nobody sits at stdin.
  virtual std::optional<std::string> ask(std::string_view question) = 0;
  virtual int width() const = 0;  // columns of stderr, 80 when not known
};

class ProcessTerminal : public Terminal {
 public:
  void write_out(std::string_view text) override;
  void write_err(std::string_view text) override;
  bool err_is_terminal() const override;
  std::optional<std::string> ask(std::string_view question) override;
  int width() const override;
};

class StringTerminal : public Terminal {
 public:
  void write_out(std::string_view text) override;
  void write_err(std::string_view text) override;
  bool err_is_terminal() const override { return false; }
  std::optional<std::string> ask(std::string_view) override { return std::nullopt; }
  int width() const override { return 80; }
  std::string out() const;
  std::string err() const;

 private:
  mutable std::mutex mutex_{};
  std::string out_{};
  std::string err_{};
};

}  // namespace slipway::os
