"""The record to take away: lists as files, a data package, an offline pack, and the page that says what there is."""
