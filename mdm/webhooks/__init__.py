"""Telling subscribers of events over HTTP: signed, in order, again and again until they take it."""
