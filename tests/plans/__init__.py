"""No list, record, board or search asks for more as tables grow."""
