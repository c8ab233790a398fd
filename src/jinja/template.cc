#include "jinja/template.h"

#include <fmt/format.h>

#include "jinja/lexer.h"
#include "jinja/machine.h"
#include "jinja/parser.h"
#include "jinja/resolver.h"
#include "jinja/types.h"
#include "jinja/unicode.h"

namespace slipway::jinja {

Result<Template> Template::parse(std::string_view text) {
  if (text.size() > kTemplateBytesMax) {
    return unsupported(fmt::format("{} bytes, more than {}", text.size(), kTemplateBytesMax));
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    if (next_point(text, at) >= 0x80 && at == begin + 1) return corrupt("it is no UTF-8");
  }
  SLIPWAY_ASSIGN(auto tokens, lex(text));
  SLIPWAY_ASSIGN(Body body, Parser(std::move(tokens)).run());
  SLIPWAY_ASSIGN(Program program, resolve(std::move(body)));
  return Template(std::make_shared<const Program>(std::move(program)));
}

Result<std::string> Template::render(const Variables& variables, const Surroundings& surroundings) const {
  return Machine(*program_, variables, surroundings).run();
}

}  // namespace slipway::jinja
