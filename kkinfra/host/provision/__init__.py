"""A bare host made ready: each thing is looked at, then, once somebody has agreed, brought to what it should be.

Every module of an item has `find`, which changes nothing and says what is there and what would be done.
"""
