"""What is told of the calls: one record a turn, the log, the metrics. All read the one stream."""
