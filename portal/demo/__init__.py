"""The files that the demo is made of; what is in them is read by portal.services.demo."""
