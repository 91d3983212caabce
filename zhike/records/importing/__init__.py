"""Importing: from an uploaded table to records, with its report and its way back."""
