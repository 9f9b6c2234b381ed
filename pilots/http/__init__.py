"""What happens to a request before and after a page: addresses, errors, limits, files as they are served."""
