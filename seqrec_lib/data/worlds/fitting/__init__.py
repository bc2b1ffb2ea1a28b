"""How the numbers of a world are fitted; :mod:`..fitted` is the way in."""
