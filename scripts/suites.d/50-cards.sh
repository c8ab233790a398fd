# Our model cards read by huggingface_hub, PyYAML and a Markdown parser: examples, generated cards, hostile facts.
oracle_suite "cards beside the Hub's client" v5 tests/python/card_against_hub_test.py build/dev/bin/slipway
# The cards of runs of every kind: published, held against the Hub's rules, and their snippets run.
oracle_suite "cards of every kind" v5 tests/python/card_kinds_test.py build/dev/bin/slipway
# Cards that people edited, refreshed with another run in between.
oracle_suite "cards edited by hand" v5 tests/python/card_edits_test.py build/dev/bin/slipway
