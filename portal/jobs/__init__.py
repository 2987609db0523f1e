"""What runs in the background: each step is a transaction of its own, may be killed at any point, and is run again."""
