// server/faulty_handler.h - stands before an HttpHandler and spoils what a FaultPlan names. For tests.
//
// Contract   A request that no rule takes passes untouched. An `oid` rule is asked with the ids of the
//            target and of a JSON body; for GET and HEAD also with the reply's ETag, once it begins.
// Limits     a JSON body that an oid rule may mean is held: 64 MiB; what follows streams on unread
// Threads    share freely
#pragma once

#include "server/faults.h"
#include "slipway/executor.h"

namespace slipway::server {

class FaultyHandler : public os::HttpHandler {
 public:
  FaultyHandler(os::Executor& executor, os::HttpHandler& inner, std::vector<Fault> rules)
      : executor_(executor), inner_(inner), plan_(std::move(rules)) {}

  void handle(const os::RequestHead& head, os::BodyReader& body, os::ResponseWriter& response) override;
  std::vector<FaultCount> counts() const { return plan_.counts(); }

 private:
  void spoil(const Fault& fault, const os::RequestHead& head, os::BodyReader& body,
             os::ResponseWriter& response);

  os::Executor& executor_;
  os::HttpHandler& inner_;
  FaultPlan plan_;
};

}  // namespace slipway::server
