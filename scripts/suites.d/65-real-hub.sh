# The check that maintainers run against huggingface.co, here against an embedded Hub.
counted_suite "the check for a real Hub" python3 tests/python/real_hub_check.py build/dev/bin/slipway --embedded
