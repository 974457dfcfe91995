"""What is told to people: words and tables, made from what was found."""
