"""Getting: published logs by name, downloaded once and checked."""
