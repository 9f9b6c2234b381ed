"""Search: text → tokens → the database's own index → query. See README, “How it finds”."""
