"""What is made to be looked at: the comparison, diagrams, the report."""
