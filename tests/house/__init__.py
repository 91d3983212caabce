"""House rules that no linter knows, as small checks of the syntax tree, each with good and bad samples."""
