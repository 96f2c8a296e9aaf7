"""A real PostgreSQL and a real Valkey that come with the Python packages, and their supervisor."""
