"""The report: everything that kkinfra knows of a specification on one HTML page."""
