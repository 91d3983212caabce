"""Pages every object has, drawn from its declaration: list, record, forms, actions, board, files."""
