"""Roles as a whole: what one may do as a table, changed as one operation; made from a preset or like another."""
