"""The window of the tests, for those about pictures."""

from tests.app.test_window import Answers, answers, window

__all__ = ["Answers", "answers", "window"]
