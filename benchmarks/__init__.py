"""How fast kkinfra is and what memory it takes, beside tools that do part of its job, in the same run."""
