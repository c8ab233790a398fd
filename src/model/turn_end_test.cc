#include "model/turn_end.h"

#include <gtest/gtest.h>

namespace slipway::model {
namespace {

using Verdict = TurnEnd::Verdict;

// A tokenizer that knows `special` as special tokens, ids from 0; the first is the EOS.
Tokenizer tokenizer_with(const std::vector<std::string>& special, std::string chat_template) {
  Tokenizer tokenizer;
  tokenizer.readable_vocabulary = true;
  for (const std::string& text : special) {
    const auto id = static_cast<TokenId>(tokenizer.added.size());
    tokenizer.ids.set(text, id);
    tokenizer.added[id] = text;
    tokenizer.special.insert(text);
  }
  if (!special.empty()) tokenizer.eos = special.front();
  tokenizer.chat_template = std::move(chat_template);
  return tokenizer;
}

const std::vector<std::string> kChatmlTokens{"<|endoftext|>", "<|im_start|>", "<|im_end|>"};

TurnEnd read(const std::vector<std::string>& special, std::string chat_template) {
  return read_turn_end(tokenizer_with(special, std::move(chat_template)));
}

TurnEnd read_chatml(std::string chat_template) { return read(kChatmlTokens, std::move(chat_template)); }

struct Case {
  const char* name;
  std::vector<std::string> special;  // the EOS first
  const char* text;
  const char* turn_end;  // nullptr: undecided
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class TurnEndOf : public testing::TestWithParam<Case> {};

TEST_P(TurnEndOf, IsWhatFollowsTheAnswer) {
  const Case& one = GetParam();
  const TurnEnd end = read(one.special, one.text);
  if (one.turn_end == nullptr) {
    EXPECT_EQ(end.verdict, Verdict::kUndecided) << end.token;
    EXPECT_FALSE(end.why.empty());
    return;
  }
  ASSERT_EQ(end.verdict, Verdict::kDecided) << end.why;
  EXPECT_EQ(end.token, one.turn_end);
  EXPECT_EQ(one.special[static_cast<std::size_t>(end.id)], one.turn_end);
}

INSTANTIATE_TEST_SUITE_P(
    Templates, TurnEndOf,
    testing::Values(
        Case{"Chatml", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
             "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
             "<|im_end|>"},
        Case{"ChatmlByConcatenation", kChatmlTokens,
             "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + "
             "'<|im_end|>'"
             " + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
             "<|im_end|>"},
        Case{"ChatmlWithADefaultSystemMessage", kChatmlTokens,
             "{%- if messages[0]['role'] == 'system' %}{{- '<|im_start|>system\n' + messages[0]['content'] + "
             "'<|im_end|>\n' }}{%- else %}{{- '<|im_start|>system\nBe brief.<|im_end|>\n' }}{%- endif %}"
             "{%- for message in messages %}{%- if (message.role == 'user') or (message.role == 'system' and "
             "not "
             "loop.first) or (message.role == 'assistant' and not message.tool_calls) %}"
             "{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}"
             "{%- elif message.role == 'tool' %}{{- '<|im_start|>user' }}{%- endif %}{%- endfor %}",
             "<|im_end|>"},
        Case{
            "ChatmlWithReasoningCutFromPastTurns", kChatmlTokens,
            "{%- set ns = namespace(last=messages|length - 1) %}{%- for message in messages %}"
            "{%- if message.content is string %}{%- set content = message.content %}{%- else %}"
            "{%- set content = '' %}{%- endif %}{%- if message.role == 'user' %}"
            "{{- '<|im_start|>user\n' + content + '<|im_end|>\n' }}{%- else %}{%- set reasoning = '' %}"
            "{%- if message.reasoning_content is string %}{%- set reasoning = message.reasoning_content %}"
            "{%- elif '</think>' in content %}"
            "{%- set reasoning = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') "
            "%}"
            "{%- set content = content.split('</think>')[-1].lstrip('\n') %}{%- endif %}"
            "{%- if loop.last or reasoning %}{{- '<|im_start|>assistant\n<think>\n' + reasoning.strip('\n') "
            "+ "
            "'\n</think>\n\n' + content.lstrip('\n') }}{%- else %}{{- '<|im_start|>assistant\n' + content }}"
            "{%- endif %}{{- '<|im_end|>\n' }}{%- endif %}{%- endfor %}"
            "{%- if add_generation_prompt %}{%- if enable_thinking is defined and enable_thinking is false %}"
            "{{- '<think>\n\n</think>\n\n' }}{%- endif %}{%- endif %}",
            "<|im_end|>"},
        Case{"HeaderTokensAroundTheRole",
             {"<|end_of_text|>", "<|begin|>", "<|head|>", "<|/head|>", "<|eot|>"},
             "{{ '<|begin|>' }}{% set loop_messages = messages %}{% for message in loop_messages %}"
             "{% set content = '<|head|>' + message['role'] + '<|/head|>\n\n' + message['content'] | trim + "
             "'<|eot|>' %}"
             "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% "
             "endfor %}"
             "{% if add_generation_prompt %}{{ '<|head|>assistant<|/head|>\n\n' }}{% endif %}",
             nullptr},  // bos_token is not given: the template fails
        Case{"HeaderTokensWithoutBos",
             {"<|end_of_text|>", "<|head|>", "<|/head|>", "<|eot|>"},
             "{% for message in messages %}{% set content = '<|head|>' + message['role'] + '<|/head|>\n\n' + "
             "message['content'] | trim + '<|eot|>' %}{{ content }}{% endfor %}",
             "<|eot|>"},
        Case{"NextHeaderWrittenWithoutBeingAsked",
             {"<|end_of_text|>", "<|head|>", "<|/head|>", "<|eot|>"},
             "{% for message in messages %}{{ '<|head|>' + message.role + '<|/head|>' + message.content + "
             "'<|eot|>' }}"
             "{% endfor %}{{ '<|head|>assistant<|/head|>\n\n' }}",
             "<|eot|>"},
        Case{"EosVariableAfterTheAnswer",
             {"</s>"},
             "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\n' + "
             "message['content'] + "
             "eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\n' + "
             "message['content'] + "
             "eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' "
             "}}\n{% endif %}"
             "\n{% endfor %}",
             "</s>"},
        Case{"InstructionMarks",
             {"</s>", "[INST]", "[/INST]"},
             "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
             "{{ raise_exception('roles must alternate') }}{% endif %}{% if m['role'] == 'user' %}"
             "{{ '[INST] ' + m['content'] + '[/INST]' }}{% else %}{{ ' ' + m['content'] + eos_token }}{% "
             "endif %}"
             "{% endfor %}",
             "</s>"},
        Case{"RoleTokensAndTwoEndings",
             {"<|endoftext|>", "<|user|>", "<|assistant|>", "<|end|>"},
             "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] + "
             "'<|end|>\n' }}"
             "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% "
             "endif %}",
             "<|end|>"},
        Case{"TurnTokens",
             {"<eos>", "<start_of_turn>", "<end_of_turn>"},
             "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
             "{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' "
             "%}{% else %}"
             "{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + "
             "message['content'] | trim "
             "+ '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% "
             "endif %}",
             "<end_of_turn>"},
        Case{"PartsOrText",
             {"<eos>", "<start_of_turn>", "<end_of_turn>", "<image>"},
             "{%- for message in messages -%}{{ '<start_of_turn>' + message['role'] + '\n' }}"
             "{%- if message['content'] is string -%}{{ message['content'] | trim }}"
             "{%- elif message['content'] is iterable -%}{%- for item in message['content'] -%}"
             "{%- if item['type'] == 'image' -%}{{ '<image>' }}{%- else -%}{{ item['text'] | trim }}{%- "
             "endif -%}"
             "{%- endfor -%}{%- else -%}{{ raise_exception('no content') }}{%- endif -%}{{ '<end_of_turn>\n' "
             "}}"
             "{%- endfor -%}",
             "<end_of_turn>"},
        Case{"LastTurnEndsDifferently",
             {"<|endoftext|>", "<|start|>", "<|message|>", "<|end|>", "<|return|>"},
             "{% for m in messages %}<|start|>{{ m.role }}<|message|>{{ m.content }}{% if loop.last and "
             "m.role == "
             "'assistant' and not add_generation_prompt %}<|return|>{% else %}<|end|>{% endif %}{% endfor %}",
             "<|return|>"},
        Case{"PartEndIsNeverAStop",
             {"<|return|>", "<|start|>", "<|message|>", "<|end|>", "<|channel|>"},
             "{% for m in messages %}<|start|>{{ m.role }}<|message|>{{ m.content }}<|end|>{% endfor %}",
             nullptr},
        Case{"LastTurnLeftOpen",
             {"<|eos|>", "<|user|>", "<|user_end|>", "<|assistant|>", "<|assistant_end|>"},
             "{% for m in messages %}{% if m.role == 'user' %}<|user|>{{ m.content }}<|user_end|>{% else %}"
             "<|assistant|>{{ m.content }}{% if not loop.last %}<|assistant_end|>{% endif %}{% endif %}{% "
             "endfor %}",
             "<|assistant_end|>"},
        Case{"HeaderThatLooksLikeTheEndOfTheSystemMessage",
             {"<|endoftext|>", "<|system|>", "<|user|>", "<|answer_end|>", "<|end|>"},
             "<|system|>Be brief.<|end|>{% for m in messages %}{% if m.role == 'user' %}<|user|>{% "
             "endif %}"
             "{{ m.content }}{% if m.role == 'assistant' %}<|answer_end|>{% endif %}<|end|>{% endfor %}",
             "<|end|>"},
        Case{"OnlyTheNextRoleFollows",
             {"<|endoftext|>", "[gMASK]", "<sop>", "<|user|>", "<|assistant|>"},
             "[gMASK]<sop>{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}{% endfor %}",
             nullptr},
        Case{"TheNextRoleIsWrittenToo",
             {"<|endoftext|>", "[gMASK]", "<sop>", "<|user|>", "<|assistant|>"},
             "[gMASK]<sop>{% for m in messages %}{% if m.role == 'user' and loop.first %}<|user|>{% endif %}"
             "{% if m.role == 'assistant' %}<|assistant|>{% endif %}\n{{ m.content }}{% if m.role == "
             "'assistant' %}"
             "<|user|>{% endif %}{% endfor %}",
             nullptr},
        Case{"PlainWordsAfterTheAnswer",
             {"</s>"},
             "{% for m in messages %}### {{ m.role }}:\n{{ m.content }}\n\n{% endfor %}",
             nullptr},
        Case{"NewlineBeforeTheToken",
             {"<|EOT|>"},
             "{% for m in messages %}{% if m.role == 'user' %}### Instruction:\n{{ m.content }}\n{% else %}"
             "### Response:\n{{ m.content }}\n<|EOT|>\n{% endif %}{% endfor %}",
             "<|EOT|>"},
        Case{"ContentHeldByANamespace", kChatmlTokens,
             "{% set ns = namespace(turn='') %}{% for m in messages %}{% set ns.turn = '<|im_start|>' ~ "
             "m.role ~ '\n' ~ "
             "m.content %}{% set ns.turn = ns.turn ~ '<|im_end|>' %}{{ ns.turn }}{% endfor %}",
             "<|im_end|>"},
        Case{"TurnWrittenByAMacro", kChatmlTokens,
             "{% macro turn(role, text, end='<|im_end|>') -%}<|im_start|>{{ role }}\n{{ text }}{{ end }}{%- "
             "endmacro %}"
             "{% for m in messages %}{{ turn(m.role, text=m['content'].strip()) }}\n{% endfor %}",
             "<|im_end|>"},
        Case{"TurnCaughtInABlock", kChatmlTokens,
             "{% for m in messages %}{% set turn %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>{% "
             "endset %}"
             "{{ turn | trim }}\n{% endfor %}",
             "<|im_end|>"},
        Case{"TrainingMarks", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}{% generation %}"
             "{{ m.content }}<|im_end|>{% endgeneration %}{% else %}{{ m.content }}<|im_end|>{% endif %}\n{% "
             "endfor %}",
             "<|im_end|>"},
        Case{"TheCallerMayChooseAnotherEnd", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% if short %}<|im_end|>{% "
             "else %}"
             "{{ eos_token }}{% endif %}{% endfor %}",
             "<|endoftext|>"},
        Case{"ATextMayChooseAnotherEnd", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% if 'bye' in m.content %}"
             "{{ eos_token }}{% else %}<|im_end|>{% endif %}{% endfor %}",
             "<|im_end|>"},
        Case{"TheSameTokenClosesTheReasoning", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.reasoning_content %}{{ "
             "m.reasoning_content }}"
             "<|im_end|>{% endif %}{{ m.content }}<|im_end|>{% endfor %}",
             nullptr},
        Case{"TheAnswerIsNotWritten", kChatmlTokens,
             "{% for m in messages if m.role == 'user' %}<|im_start|>user\n{{ m.content }}<|im_end|>{% "
             "endfor %}",
             nullptr},
        Case{"TheTokenIsNoneOfTheTokenizer",
             {"</s>"},
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}",
             nullptr},
        Case{"ATagThatIsNotKnown", kChatmlTokens,
             "{% include 'other' %}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}", nullptr},
        Case{"TheEndIsCutOffAgain", kChatmlTokens,
             "{% for m in messages %}{% set turn = '<|im_start|>' + m.content + '<|im_end|>' %}{{ turn[:-10] "
             "}}"
             "{% endfor %}",
             nullptr},
        Case{"ContentsInPartsAlone", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for part in m.content %}{{ part.text }}{% "
             "endfor %}"
             "<|im_end|>\n{% endfor %}",
             "<|im_end|>"},
        Case{"TurnFramedByACallBlock", kChatmlTokens,
             "{% macro framed(role) %}<|im_start|>{{ role }}\n{{ caller() }}<|im_end|>\n{% endmacro %}"
             "{% for m in messages %}{% call framed(m.role) %}{{ m.content }}{% endcall %}{% endfor %}",
             "<|im_end|>"},
        Case{"ReasoningInTheTextItself", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | replace('</think>', "
             "'<|im_end|>') }}"
             "<|im_end|>\n{% endfor %}",
             nullptr},
        Case{"TheSystemMessageHasItsOwnOpener",
             {"<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"},
             "<|system|>Be brief.<|end|>{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% "
             "endfor %}"
             "{% if not add_generation_prompt %}{{ eos_token }}{% endif %}",
             "<|end|>"},
        Case{"TheSystemMessageHasItsOwnOpenerAndTheLastTurnIsOpen",
             {"<|endoftext|>", "<|system|>", "<|/system|>", "<|user|>", "<|assistant|>", "<|/assistant|>"},
             "<|system|>Be brief.<|/system|>{% for m in messages %}<|{{ m.role }}|>{{ m.content }}"
             "{% if m.role == 'assistant' and not loop.last %}<|/assistant|>{% endif %}{% endfor %}",
             "<|/assistant|>"},
        Case{"TheDateFollows", kChatmlTokens,
             "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{{ strftime_now('%d') "
             "}}<|im_end|>"
             "{% endfor %}",
             "<|im_end|>"}),
    [](const testing::TestParamInfo<Case>& one) { return one.param.name; });

TEST(TurnEndTest, IsNoneWithoutATemplate) {
  Tokenizer tokenizer = tokenizer_with(kChatmlTokens, "");
  EXPECT_EQ(read_turn_end(tokenizer).verdict, Verdict::kNone);
  tokenizer.chat_template.reset();
  EXPECT_EQ(read_turn_end(tokenizer).verdict, Verdict::kNone);
}

TEST(TurnEndTest, TakesATokenForSpecialByTheTokenizerNotByItsLooks) {
  Tokenizer tokenizer = tokenizer_with(
      {"</s>", "[e~["}, "{% for m in messages %}{{ m.role }}: {{ m.content }}[e~[\n{% endfor %}");
  EXPECT_EQ(read_turn_end(tokenizer).token, "[e~[");
  tokenizer.special.erase("[e~[");
  EXPECT_EQ(read_turn_end(tokenizer).verdict, Verdict::kUndecided);
}

TEST(TurnEndTest, NamesTheTextThatIsNoToken) {
  const TurnEnd end = read({"</s>"}, "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}");
  EXPECT_NE(end.why.find("'<|im_end|>'"), std::string::npos) << end.why;
}

TEST(TurnEndTest, KnowsTheEosThatIsNoAddedToken) {
  Tokenizer tokenizer = tokenizer_with({}, "{% for m in messages %}{{ m.content + eos_token }}{% endfor %}");
  tokenizer.eos = "</s>";
  tokenizer.ids.set("</s>", 2);
  const TurnEnd end = read_turn_end(tokenizer);
  ASSERT_EQ(end.verdict, Verdict::kDecided) << end.why;
  EXPECT_EQ(end.id, 2);
}

TEST(TurnEndTest, IsNotTheBosThatOpensTheNextMessage) {
  Tokenizer tokenizer =
      tokenizer_with({"</s>", "<s>"},
                     "{% for m in messages %}{% if m.role == 'user' %}{{ bos_token + '[INST] ' + "
                     "m.content + ' [/INST]' }}{% else %}{{ m.content + eos_token }}{% endif %}"
                     "{% endfor %}");
  tokenizer.bos = "<s>";
  EXPECT_EQ(read_turn_end(tokenizer).token, "</s>");
}

TEST(TurnEndTest, MayAlsoOpenTheText) {
  Tokenizer tokenizer =
      tokenizer_with({"<|endoftext|>"},
                     "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}<|user|>\n"
                     "{{ m.content }}\n{% else %}<|assistant|>\n{{ m.content + eos_token }}\n"
                     "{% endif %}{% endfor %}");
  tokenizer.bos = "<|endoftext|>";
  EXPECT_EQ(read_turn_end(tokenizer).token, "<|endoftext|>");
}

TEST(TurnEndTest, StandsAloneWhateverTheCallerGives) {
  std::string text = "{% for m in messages %}<|im_start|>{{ m.role }}\n";
  for (int i = 0; i < 6; ++i) text += "{% if flag" + std::to_string(i) + " %}x{% endif %}";
  EXPECT_EQ(read_chatml(text + "{{ m.content }}<|im_end|>{% endfor %}").token, "<|im_end|>");
}

TEST(TurnEndTest, SurvivesEndlessWork) {
  const std::string loop = "{% for a in range(1000) %}";
  const std::string end = "{% endfor %}";
  EXPECT_EQ(read_chatml(loop + loop + loop + "x" + end + end + end).verdict, Verdict::kUndecided);
  EXPECT_EQ(read_chatml("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").verdict, Verdict::kUndecided);
  EXPECT_EQ(read_chatml("{% set n = namespace(x=[]) %}" + loop + "{% set n.x = [n.x] %}" + end).verdict,
            Verdict::kUndecided);
  EXPECT_EQ(read_chatml("{% set n = namespace(x='ab') %}" + loop + "{% set n.x = n.x ~ n.x %}" + end).verdict,
            Verdict::kUndecided);
  EXPECT_EQ(read_chatml("{{ " + std::string(100000, '(') + " }}").verdict, Verdict::kUndecided);
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "{% if a %}";
  EXPECT_EQ(read_chatml(deep).verdict, Verdict::kUndecided);
}

}  // namespace
}  // namespace slipway::model
