"""One stage measured, beside the plain way of doing the same, in one run."""
