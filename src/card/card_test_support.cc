#include "card/card_test_support.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "os/path.h"
#include "os/posix_file_system.h"
#include "support/source_dir.h"

namespace slipway::card {
namespace {

std::string with_windows_line_ends(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

}  // namespace

CardFacts chat_model() {
  return {.model_name = "my_model-v1",
          .repo = "me/my_model-v1",
          .kind = model::ModelKind::kDecoder,
          .base_id = "org/base",
          .datasets = {"org/first", "org/second"},
          .license = "apache-2.0",
          .languages = {"en"},
          .tags = {"mine"},
          .handbook = true,
          .trainer = "sft",
          .chat = true,
          .stops = {{7, "<|im_end|>"}, {0, "<|endoftext|>"}},
          .dtype = "bfloat16",
          .parameters = 1'234'567};
}

CardFacts adapter() {
  CardFacts facts = chat_model();
  facts.adapter = true;
  facts.peft_type = "LORA";
  facts.pass_generation_config = true;
  facts.base_revision = "0123abc";
  return facts;
}

std::map<std::string, std::string> golden_cards() {
  os::PosixFileSystem files;
  std::map<std::string, std::string> cards;
  for (const std::string era : {"v4", "v5"}) {
    const std::string folder = slipway::testing::source_dir() + "/tests/golden/cards/" + era;
    const auto entries = files.list(folder).value();
    for (const os::DirEntry& entry : entries) {
      cards[era + "/" + entry.name] = os::read_file(files, folder + "/" + entry.name, 1u << 20).value();
    }
  }
  return cards;
}

std::string trl_card() { return golden_cards().at("v5/trl-handbook.md"); }
std::string transformers_card() { return golden_cards().at("v4/transformers-trained.md"); }
std::string peft_card() { return golden_cards().at("v4/peft-lora.md"); }

std::vector<std::string> many_cards() {
  std::vector<std::string> cards{
      "",
      "\n\n",
      "text without a line end",
      "# Title\n",
      "Title\n=====\n\ntext\n",
      "---\nlicense: mit\n---\n",
      "---\nlicense: mit\n---",
      "---\n\n---\nx",
      "---\n---\n# x\n\n---\ny\n",
      "---\n- a\n---\n# list\n",
      "---\nlicense: [mit\n---\n# broken\n",
      "---\nlicense: mit\n# never closed\n",
      "---\n{license: mit, tags: [a, b]}\n---\n# flow\n",
      "---\na: &x [b]\nc: *x\n<<: {d: 1}\n---\nanchors\n",
      "---\ntags: not a list\nbase_model: [/a/b, org/other]\ndatasets:\n- /x\n- 3\nlicense: nonsense\n---\n# "
      "bad\n",
      "---\nbase_model_relation: merge\nbase_model:\n- a/b\n- org/base\nlibrary_name: "
      "sentence-transformers\n---\n# merged\n",
      "---\ndescription: |\n  two\n\n  lines\n# a comment\nlicense: other\n---\n\n# text\n```\n# code\n```\n",
      "\xEF\xBB\xBF# with a byte order mark\n",
      "\xEF\xBB\xBF\n---\nlicense: mit\n---\n# x\n",
      "<!-- slipway:begin stops -->\nnever ended\n",
      "<!-- slipway:end stops -->\n<!-- slipway:begin stops -->\n<!-- slipway:begin training -->\nx\n<!-- "
      "slipway:end training -->\ny\n",
      "<!-- slipway:begin stops -->\na\n<!-- slipway:end stops -->\n<!-- slipway:begin stops -->\nb\n<!-- "
      "slipway:end stops -->",
      "<!-- slipway:begin later -->\nof a newer version\n<!-- slipway:end later -->\n",
      "# mine\n\n<!-- slipway:begin quick-start -->\nold\n<!-- slipway:end quick-start -->\n\nafter\n",
      trl_card(),
      transformers_card(),
      peft_card(),
      trl_card() + "\n## My own notes\n\nKeep me.\n",
      written(chat_model()).text,
      written(adapter()).text,
  };
  const std::size_t count = cards.size();
  for (std::size_t i = 0; i < count; ++i) cards.push_back(with_windows_line_ends(cards[i]));
  return cards;
}

CardOutcome written(const CardFacts& facts, std::optional<std::string_view> existing) {
  auto card = write_card(facts, existing);
  EXPECT_TRUE(card.has_value()) << (card ? "" : card.error().message);
  return card.value_or(CardOutcome{});
}

std::vector<std::string> codes(const CardOutcome& card) {
  std::vector<std::string> codes;
  for (const model::Warning& warning : card.warnings) codes.push_back(warning.code);
  return codes;
}

}  // namespace slipway::card
