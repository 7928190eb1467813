"""What is read from the database, in the shape in which it is shown."""
