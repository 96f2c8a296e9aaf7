"""What others follow: events in an order that never changes, in words that are documented."""
