"""What a web host has of apps, and what is done there."""
