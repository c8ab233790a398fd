// flow/remote_card.h - the card of a release, once the one that stands on the Hub has been read.
//
// Contract   One read request where the Hub has a README.md other than ours; the text is merged by
//            card/merge.h, and the release then holds it in place of the run's. One that is too long, or
//            cannot be joined with the run's, gives way to it with a warning: it never blocks the weights.
// Threads    one thread
// Errors     as hub/client.h
#pragma once

#include "flow/digest_pass.h"
#include "flow/remote.h"
#include "model/fix.h"

namespace slipway::flow {

struct RemoteCard {
  std::optional<std::string> text{};  // absent: the plan's own stays
  std::string own_sha256{};           // for the manifest
  bool merged = false;
  std::vector<model::Warning> warnings{};
};

Result<RemoteCard> meet_remote_card(hub::Client& client, const hub::wire::RepoId& repo,
                                    const RemoteState& remote, const release::Plan& plan,
                                    const std::map<std::string, FileDigest>& digests);

}  // namespace slipway::flow
