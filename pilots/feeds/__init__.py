"""Ways to stay with the record: feeds of its changes, the calendar of its duties, and where programs find them."""
