"""Teaching: what the notebooks use and an engineer does not. Nothing else in the library imports it."""
