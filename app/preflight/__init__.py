"""The pre-flight in the window: a look at a training before it begins, as a checklist and on the canvas."""
