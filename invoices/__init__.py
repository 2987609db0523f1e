"""A small library: a frozen document in, PDF bytes out; it knows nothing of the portal, the web or a database."""
