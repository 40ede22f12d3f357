"""The window: docks and their layouts, header, footer, and what keeps them up to date."""
