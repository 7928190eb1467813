"""What `manage.py` and `demo.py` can do."""
