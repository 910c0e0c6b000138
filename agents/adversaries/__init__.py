"""Homes and operators that cheat: what each tries, and what it would have in the book were it believed."""
