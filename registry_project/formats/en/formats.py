"""Dates as the pages write them, and in which time zone, since whoever administers may sit in another."""

DATETIME_FORMAT = "j M Y, H:i T"
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
