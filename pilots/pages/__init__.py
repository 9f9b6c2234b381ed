"""Pages: a module each, the view beside what it shows; `base` is what every page says of itself."""
