"""The outside: what the portal asks of others."""
