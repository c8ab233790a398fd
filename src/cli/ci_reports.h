// cli/ci_reports.h - a verdict as the files that CI systems show: SARIF 2.1.0 and JUnit's XML.
//
// Contract   Deterministic: no times, no host names. Text of the model is escaped, and what XML cannot hold
//            is replaced.
// Threads    value
// Source     OASIS SARIF 2.1.0; the JUnit schema that Jenkins and GitLab read
#pragma once

#include <string>

#include "flow/verify.h"
#include "slipway/json.h"

namespace slipway::cli {

json::Value sarif_report(const flow::Verdict& verdict);
// A test case for each file that was read or is at fault, and one for the model as a whole.
std::string junit_report(const flow::Verdict& verdict, std::string_view folder);

}  // namespace slipway::cli
