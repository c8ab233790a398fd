#include "base/error_table.h"

#include <algorithm>

namespace slipway {
namespace {

using enum ErrorCode;

constexpr ErrorRow kRows[] = {
    {kInvalidArgument, "invalid_argument", 2, "A flag, an id or a combination of them is not understood.",
     "The message names it; `--help` shows examples."},
    {kNotFound, "not_found", 10, "A local path, repository, revision or file is not there.",
     "Check the spelling, the endpoint and whether the token may see it."},
    {kCorruptData, "corrupt_data", 5, "Bytes break their own format, their index or their hash.",
     "Save the model again, or copy the file again from where it was whole."},
    {kIo, "io", 1, "The operating system refused to read or write a file.",
     "The message ends with its reason; check permissions and the file system."},
    {kUnsupported, "unsupported", 1, "A format or variant that is known but not read by this version.",
     "The message names what can be used instead."},
    {kNetwork, "network", 75, "No answer from the server, or a cut one.",
     "Run the same command again: finished work is not repeated."},
    {kUnauthorized, "unauthorized", 11, "The Hub refused: no token, or one without the right.",
     "Set HF_TOKEN to a token that may do this, or run `hf auth login`."},
    {kConflict, "conflict", 4, "The branch moved since the plan was made.",
     "Run again with `--replan` to plan on the new head."},
    {kAlreadyExists, "already_exists", 1, "A name that must be new is taken.", "Choose another name."},
    {kRefused, "refused", 1,
     "Refused for cause: a link that leaves the folder, a secret, nothing to publish.",
     "The message says what to change."},
    {kNeedsOutput, "needs_output", 2, "The wish would rewrite weights, which never happens in place.",
     "Give `--out DIR`, or `--stream` to send them without a copy here."},
    {kBusy, "busy", 75, "Another run holds the folder; host and process are named.",
     "Wait for it; a lock whose process is gone is recognised by itself."},
    {kUnavailable, "unavailable", 75, "The server answered 5xx or 429 to every attempt.",
     "Run the same command again later."},
    {kProtocol, "protocol", 1, "The server answered something its protocol does not allow.",
     "Check the endpoint; it may not be a Hub."},
    {kInterrupted, "interrupted", 130, "Stopped by SIGINT or SIGTERM.",
     "Run the same command again to go on."},
    {kInternal, "internal", 1, "A broken invariant of Slipway's own.", "Report it with the message."},
    {kBadRecipe, "bad_recipe", 2, "A recipe that cannot be understood; file and line are named.",
     "Correct that line."},
    {kNoSpace, "no_space", 1, "The disk is full.", "Free some space and run the same command again."},
    {kOffline, "offline", 3, "Prepared, not pushed; or not whole in the Hub cache: HF_HUB_OFFLINE is set.",
     "Unset it and run the same command again."},
    {kChanged, "changed", 1, "A file changed while it was being published.",
     "Wait until training has ended, then run again."},
};

}  // namespace

std::span<const ErrorRow> error_rows() { return kRows; }

const ErrorRow& error_row(ErrorCode code) {
  const auto* row = std::ranges::find(kRows, code, &ErrorRow::code);
  SLIPWAY_CHECK(row != std::end(kRows));
  return *row;
}

}  // namespace slipway
