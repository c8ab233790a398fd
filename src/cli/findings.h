// cli/findings.h - how doctor, verify and `card --check` show what they found.
//
// Contract   `findings` of the JSON contract: code, severity, file, path, message, fix; where it is known
//            also line, before and after. Without --json they go to stderr as compilers write theirs: file,
//            severity, words, code, and below it what changes.
// Threads    one thread
#pragma once

#include <vector>

#include "cli/output.h"
#include "flow/doctor.h"

namespace slipway::cli {

json::Value findings_json(const std::vector<flow::Finding>& findings);
std::string finding_text(const flow::Finding& finding);
// Lays `name` into the result, and says each of them.
void report_findings(Output& output, const std::vector<flow::Finding>& findings);
// Lays `notes` into the result. What was looked at, and what not, is always said, all else with `verbose`.
void report_notes(Output& output, const std::vector<flow::Finding>& notes, bool verbose);
// "2 errors and 1 warning"
std::string count_text(const std::vector<flow::Finding>& findings);

}  // namespace slipway::cli
