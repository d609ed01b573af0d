"""Whether a bot with these settings is good enough: scenarios, typed or spoken, graded."""
