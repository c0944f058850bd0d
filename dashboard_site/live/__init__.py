"""Live updates: which parts of the data changed, told to every open page."""
