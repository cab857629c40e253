"""Stand-ins and real engines that tests share."""
