// card/prior_facts.h - what an existing card tells that no file of the run tells again.
//
// Contract   From the lines of a generated card, or from our own fenced parts; never from a person's words.
//            What is read is checked as anything untrusted is, and writing it gives the same lines again.
// Threads    value
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "card/card.h"

namespace slipway::card {

struct PriorFacts {
  Generator generator = Generator::kPerson;
  std::string kept{};  // lines of a generated card that somebody wrote: axolotl's configuration
  std::string title{};
  std::string repo{};     // "owner/name" that the snippet loads
  std::string trainer{};  // "sft"
  Paper paper{};
  std::vector<std::string> datasets{};  // that the training part names
  std::vector<std::pair<std::string, std::string>> trackers{};
  std::vector<Setting> versions{};
  std::vector<Setting> settings{};
  std::vector<Setting> results{};  // as the evaluation part shows them: {"Loss", "0.3638"}
  std::vector<Metric> measured{};  // as a generated card lists them: {"Loss", 1.125}
};
PriorFacts prior_facts(std::string_view card);

}  // namespace slipway::card
