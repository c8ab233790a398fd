"""The synthetic sentences, chats and pairs that everything here is trained on."""
import random

OWNER = "slipway-lab"
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"

NOUNS = "ship harbour crane rope anchor pilot tide cargo lamp bridge engine keel map crew café naïveté 船".split()
VERBS = "lifts carries guides paints repairs watches counts moves signals lowers".split()


def sentence(rng):
    return f"The {rng.choice(NOUNS)} {rng.choice(VERBS)} the {rng.choice(NOUNS)} near the {rng.choice(NOUNS)}."


def chat_rows(count, seed):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        noun = rng.choice(NOUNS)
        answer = f"The {noun} {rng.choice(VERBS)} the {rng.choice(NOUNS)}."
        rows.append({"messages": [{"role": "user", "content": f"What does the {noun} do?"},
                                  {"role": "assistant", "content": answer}]})
    return rows


def pair_rows(count, seed):
    """A question, the answer that is wanted and a curt one that is not."""
    rows = []
    for row in chat_rows(count, seed):
        question, answer = row["messages"]
        curt = {"role": "assistant", "content": f"No {question['content'].split()[3]}."}
        rows.append({"prompt": [question], "chosen": [answer], "rejected": [curt]})
    return rows


def text_rows(count, seed):
    rng = random.Random(seed)
    return [{"text": " ".join(sentence(rng) for _ in range(rng.randrange(1, 3)))} for _ in range(count)]


def corpus():
    rng = random.Random(7)
    lines = [" ".join(sentence(rng) for _ in range(4)) for _ in range(400)]
    return lines + [m["content"] for row in chat_rows(200, 7) for m in row["messages"]]


def chat_text(row):
    return "".join(f"{START}{m['role']}\n{m['content']}{END}\n" for m in row["messages"])
