"""Mail that comes in, as a stranger sent it: bytes go in, a letter comes out, and nothing raises."""
