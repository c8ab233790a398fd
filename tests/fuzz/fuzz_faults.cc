// The faults' file on arbitrary text, and the ids that a request's target and body are searched for.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "server/faults.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto from_target = server::oids_of_target(text);
  const auto from_body = server::oids_of_body(text);
  auto rules = server::read_faults(text);
  if (!rules) return 0;
  server::FaultPlan plan(std::move(*rules));
  const os::RequestHead head{
      .method = "PUT", .target = std::string(text.substr(0, 256)), .headers = {{"a", "b"}}};
  (void)plan.any_with_oid(head);
  (void)plan.take(head, from_target, server::FaultPlan::Ask::kAll);
  (void)plan.take(head, from_body, server::FaultPlan::Ask::kWithOid);
  return 0;
}
