"""Public pages: their words and charts, their HTML, the copies kept of it, and how it is answered."""
