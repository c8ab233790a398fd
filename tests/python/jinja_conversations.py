"""The conversations that every chat template is rendered with."""

TOOL = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a town, \"now\" & here.",
    "parameters": {"type": "object", "required": ["town"],
                   "properties": {"town": {"type": "string", "description": "A town"}, "unit": {"type": "string", "enum": ["c", "f"]},
                                  "days": {"type": "integer", "default": 1}}},
    "return": {"type": "string"}}}
CALL = {"id": "call00001", "type": "function", "function": {"name": "get_weather", "arguments": {"town": "Zürich", "days": 2}}}
TEXT_CALL = {"id": "call00002", "type": "function", "function": {"name": "get_weather", "arguments": "{\"town\": \"Oslo\"}"}}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


USER, ANSWER = message("user", "Hello <there> & \"you\"?"), message("assistant", "Hi! It's fine.\nReally.")
TALKS = {
    "user": [USER],
    "user, assistant": [USER, ANSWER],
    "system, user": [message("system", "Be brief."), USER],
    "system, user, assistant, user": [message("system", "  Be brief.  "), USER, ANSWER, message("user", "And now?")],
    "two turns": [USER, ANSWER, message("user", "More"), message("assistant", "No")],
    "unicode": [message("user", "日本語 😀 é ñ \u00a0 \u200b"), message("assistant", "Ünï 🤖")],
    "empty content": [message("user", ""), message("assistant", "")],
    "none content": [USER, message("assistant", None, tool_calls=[CALL])],
    "tool call": [USER, message("assistant", "", tool_calls=[CALL]), message("tool", "{\"c\": 21}", name="get_weather", tool_call_id="call00001")],
    "tool call, answered": [USER, message("assistant", "Let me see.", tool_calls=[CALL]), message("tool", "21 degrees", name="get_weather", tool_call_id="call00001"),
                            message("assistant", "It is 21.")],
    "two tool calls": [message("system", "Tools!"), USER, message("assistant", None, tool_calls=[CALL, TEXT_CALL]),
                       message("tool", "1", name="get_weather", tool_call_id="call00001"), message("tool", "2", name="get_weather", tool_call_id="call00002"), ANSWER, USER],
    "reasoning": [USER, message("assistant", "42", reasoning_content="Think hard.\nYes."), message("user", "Sure?")],
    "reasoning at the end": [USER, message("assistant", "42", reasoning_content="Hmm.")],
    "thinking inside": [USER, message("assistant", "<think>\nwell\n</think>\n\nDone."), message("user", "ok")],
    "parts": [message("user", [{"type": "text", "text": "What is it?"}, {"type": "image"}]), message("assistant", [{"type": "text", "text": "A cat."}])],
    "text parts": [message("system", [{"type": "text", "text": "S"}]), message("user", [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])],
    "missing content": [{"role": "user"}, ANSWER],
    "unknown role": [message("critic", "hm"), ANSWER],
    "assistant first": [ANSWER, USER],
    "two users": [USER, USER],
    "developer": [message("developer", "Do it."), USER],
    "trailing blanks": [message("user", "  x \n"), message("assistant", "\n y  ")],
    "nothing": [],
}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def cases():
    made = []
    for title, talk in TALKS.items():
        for prompt in (False, True):
            made.append((f"{title}, prompt {prompt}", {"messages": talk, "tools": None, "documents": None, "add_generation_prompt": prompt, **TOKENS}))
    for title in ("user", "tool call", "tool call, answered", "two tool calls", "system, user", "reasoning"):
        made.append((f"{title}, tools", {"messages": TALKS[title], "tools": [TOOL], "documents": None, "add_generation_prompt": True, **TOKENS}))
        for thinking in (False, True):
            made.append((f"{title}, thinking {thinking}", {"messages": TALKS[title], "tools": [TOOL, TOOL], "documents": None, "add_generation_prompt": True,
                                                           "enable_thinking": thinking, "thinking": thinking, "reasoning_effort": "low", **TOKENS}))
    made.append(("documents", {"messages": TALKS["user"], "tools": None, "documents": [{"title": "T", "text": "body"}], "add_generation_prompt": True, **TOKENS}))
    made.append(("no tokens", {"messages": TALKS["user, assistant"], "tools": None, "documents": None, "add_generation_prompt": False}))
    return made
