"""Labelling by hand as the app and `detour annotate` do it, without a screen: where one stands, one key at a time, what is asked."""
