// card/hub_values.h - the finite lists that the Hub checks cards against.
//
// Source     hub-docs 242f4a1 and huggingface.js fe42e68 (2026-08): licences, languages, pipeline tags
// Threads    value
#pragma once

#include <string_view>

namespace slipway::card {

bool is_license(std::string_view id);
bool is_language(std::string_view code);
bool is_pipeline_tag(std::string_view id);

}  // namespace slipway::card
