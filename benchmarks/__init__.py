"""One script a stage, measured."""
