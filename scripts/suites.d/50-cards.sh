# Our model cards read by huggingface_hub, PyYAML and a Markdown parser: examples, generated cards, hostile facts.
oracle_suite "cards beside the Hub's client" v5 tests/python/card_against_hub_test.py build/dev/bin/slipway
