"""What each kind of stock_folders.py is to the Hub: the card's pipeline tag, its library, and a line of the snippet."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Kind:
    tag: str              # "": the Hub has none for it
    snippet: str          # part of the card's code; "": none is known to run
    generates: bool = False
    runs: bool = False    # nothing but the model and its tokenizer is needed to run the snippet
    library: str = "transformers"


CHAT = Kind("text-generation", 'pipeline("text-generation"', generates=True, runs=True)
CHAT_QUANTISED = dataclasses.replace(CHAT, runs=False)  # its snippet needs the quantiser
GGUF = Kind("", "", generates=True, library="gguf")      # what is in the file is not read
SEQ2SEQ = Kind("", "AutoModelForSeq2SeqLM", generates=True, runs=True)
PICTURE = Kind("image-text-to-text", 'pipeline("image-text-to-text"', generates=True)
TEXTS = Kind("text-classification", 'pipeline("text-classification"', runs=True)
EMBEDDING = Kind("sentence-similarity", "SentenceTransformer(", library="sentence-transformers")
HEARING = Kind("automatic-speech-recognition", 'pipeline("automatic-speech-recognition"')

KINDS = {
    "t5": SEQ2SEQ,
    "bart": SEQ2SEQ,
    "llava": PICTURE,
    "gemma 3": PICTURE,
    "qwen vl": PICTURE,
    "classifier": TEXTS,
    "reward model": TEXTS,
    "token classifier": Kind("token-classification", 'pipeline("token-classification"', runs=True),
    "question answering": Kind("question-answering", "AutoModelForQuestionAnswering", runs=True),
    "encoder": Kind("feature-extraction", 'pipeline("feature-extraction"', runs=True),
    "modernbert": Kind("fill-mask", 'pipeline("fill-mask"', runs=True),
    "sentence transformer": EMBEDDING,
    "decoder that embeds": EMBEDDING,
    "whisper": dataclasses.replace(HEARING, generates=True),
    "ctc": HEARING,
    "audio classifier": Kind("audio-classification", 'pipeline("audio-classification"'),
    "audio language": Kind("audio-text-to-text", "AutoProcessor, Qwen2AudioForConditionalGeneration", generates=True),
    "image classifier": Kind("image-classification", 'pipeline("image-classification"'),
    "two towers": Kind("zero-shot-image-classification", 'pipeline("zero-shot-image-classification"'),
    "code of its own": Kind("text-generation", "trust_remote_code=True", generates=True),
}


def kind_of(name):
    return KINDS.get(name, CHAT)
