// slipway/result.h - errors as values: what went wrong, with what, and what the user can do.
//
// Floor      base
// Contract   A function that can fail returns Result<T>. An Error is made where the failure happens,
//            names the thing at fault, and each layer above adds what it was doing (`context`).
// Threads    value
// Errors     docs/errors.md lists every code with its exit code; codes are appended, never renumbered.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace slipway {

enum class ErrorCode : std::uint8_t {
  kInvalidArgument = 1,  // the caller can fix it: a bad flag, a bad id
  kNotFound = 2,         // a path, repository, revision or file that is not there
  kCorruptData = 3,      // bytes break their own format or hash; never retried
  kIo = 4,               // the operating system refused; os_error says why
  kUnsupported = 5,      // known, named, and not read by this version
  kNetwork = 6,          // no answer, or a cut one; safe to try again
  kUnauthorized = 7,     // 401, 403, a missing token
  kConflict = 8,         // the branch moved under us; plan again, then try again
  kAlreadyExists = 9,    // a name that must be new is taken
  kRefused = 10,         // refused for cause: a link out of the folder, nothing to publish
  kNeedsOutput = 11,     // would rewrite weights: needs --out or --stream
  kBusy = 12,            // another run holds the folder
  kUnavailable = 13,     // 5xx or 429 after all retries
  kProtocol = 14,        // the server answered something its protocol does not allow
  kInterrupted = 15,     // SIGINT or SIGTERM
  kInternal = 16,        // a broken invariant of ours
  kBadRecipe = 17,       // a recipe that cannot be understood; file and line are named
  kNoSpace = 18,         // the disk is full
  kOffline = 19,         // prepared, not pushed: HF_HUB_OFFLINE is set
  kChanged = 20,         // a file changed since we looked at it
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message{};  // one sentence that names the thing at fault and the way out; no newline
  std::string context{};  // what we were doing, outermost first: "push me/tiny: read config.json"
  int os_error = 0;       // errno of kIo and kNoSpace; ENOTCONN of kNetwork when nothing was sent; else 0
  int http_status = 0;    // when a server's answer is the cause, else 0
  std::optional<std::chrono::milliseconds> retry_after{};  // set only when the server said so
};

// The error's name in snake_case, as --json shows it: "corrupt_data".
std::string_view error_kind(ErrorCode code);

// std::expected in GCC 12 is not [[nodiscard]], so a dropped failure would compile in silence.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}

// Puts `doing` in front of the error's context: the outermost layer stands first.
Error within(std::string_view doing, Error error);

// "context: message", one line, as the command line prints it.
std::string describe(const Error& error);

// A broken invariant is no error: it is our bug. Thrown by SLIPWAY_CHECK, also in release builds,
// and caught only by the outermost door, which reports kInternal.
class BrokenInvariant : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};
[[noreturn]] void broken_invariant(const char* condition, const char* file, int line);

}  // namespace slipway

#define SLIPWAY_CONCAT_INNER(a, b) a##b
#define SLIPWAY_CONCAT(a, b) SLIPWAY_CONCAT_INNER(a, b)

#define SLIPWAY_CHECK(condition)                                   \
  do {                                                             \
    if (!(condition)) [[unlikely]]                                 \
      ::slipway::broken_invariant(#condition, __FILE__, __LINE__); \
  } while (false)

// Returns the failure of `expr` to the caller; goes on when there is none.
#define SLIPWAY_TRY(expr)                                           \
  do {                                                              \
    if (auto slipway_result = (expr); !slipway_result) [[unlikely]] \
      return std::unexpected(std::move(slipway_result).error());    \
  } while (false)

// The same, with what we were doing added to the error.
#define SLIPWAY_TRY_WITHIN(doing, expr)                                                      \
  do {                                                                                       \
    if (auto slipway_result = (expr); !slipway_result) [[unlikely]]                          \
      return std::unexpected(::slipway::within((doing), std::move(slipway_result).error())); \
  } while (false)

// `SLIPWAY_ASSIGN(const auto file, fs.open_read(path));` keeps the value.
#define SLIPWAY_ASSIGN(lhs, expr) SLIPWAY_ASSIGN_INNER(SLIPWAY_CONCAT(slipway_value_, __LINE__), lhs, expr)
#define SLIPWAY_ASSIGN_INNER(temporary, lhs, expr)        \
  auto temporary = (expr);                                \
  if (!temporary) [[unlikely]]                            \
    return std::unexpected(std::move(temporary).error()); \
  lhs = std::move(temporary).value()

#define SLIPWAY_ASSIGN_WITHIN(lhs, doing, expr) \
  SLIPWAY_ASSIGN_WITHIN_INNER(SLIPWAY_CONCAT(slipway_value_, __LINE__), lhs, doing, expr)
#define SLIPWAY_ASSIGN_WITHIN_INNER(temporary, lhs, doing, expr)                      \
  auto temporary = (expr);                                                            \
  if (!temporary) [[unlikely]]                                                        \
    return std::unexpected(::slipway::within((doing), std::move(temporary).error())); \
  lhs = std::move(temporary).value()
