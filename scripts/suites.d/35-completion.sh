# Completion in bash, zsh and fish, and the manual page.
counted_suite "completion and manual" python3 tests/python/completion_test.py build/dev/bin/slipway
