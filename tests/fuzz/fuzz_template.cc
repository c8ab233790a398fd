// The reading of a chat template: total on any text, and the same answer each time.
#include <cstdint>
#include <string>

#include "model/turn_end.h"
#include "slipway/result.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slipway::model;
  Tokenizer tokenizer;
  TokenId id = 0;
  for (const char* text :
       {"<|endoftext|>", "<|im_start|>", "<|im_end|>", "<s>", "</s>", "<|end|>", "<|return|>"}) {
    tokenizer.ids.set(text, id);
    tokenizer.added[id++] = text;
    tokenizer.special.insert(text);
  }
  tokenizer.eos = "</s>";
  if (size % 2 == 0) tokenizer.bos = "<s>";
  tokenizer.chat_template = std::string(reinterpret_cast<const char*>(data), size);
  const TurnEnd end = read_turn_end(tokenizer);
  const bool decided = end.verdict == TurnEnd::Verdict::kDecided;
  SLIPWAY_CHECK(decided == !end.token.empty());
  SLIPWAY_CHECK(!decided || tokenizer.id_of(end.token) == end.id);
  SLIPWAY_CHECK(!end.why.empty());
  return 0;
}
