"""The demo: a fictional library, dropped into a home of its own, all the way to a promoted adapter."""
