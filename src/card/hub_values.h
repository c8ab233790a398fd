// card/hub_values.h - the finite lists that the Hub checks cards against, and what it takes for an id.
//
// Source     hub-docs 242f4a1 and huggingface.js fe42e68 (2026-08): licences, languages, pipeline tags
// Threads    value
#pragma once

#include <string>
#include <string_view>

namespace slipway::card {

bool is_license(std::string_view id);
bool is_language(std::string_view code);
bool is_pipeline_tag(std::string_view id);

std::string license_list();       // "[apache-2.0, mit, ...]", for messages
std::string pipeline_tag_list();  // the same

// "owner/name" or a one-part id such as "gpt2": letters, digits, - _ . within the Hub's rules.
bool is_hub_id(std::string_view id);
// The same, but a name that can only be a file (data.jsonl) or a path is none.
bool is_dataset_id(std::string_view id);

}  // namespace slipway::card
