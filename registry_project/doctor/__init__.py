"""Looks whether everything is where it should be: objects, jobs, host. `manage.py doctor` shows what was found."""
