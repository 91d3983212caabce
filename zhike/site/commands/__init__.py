"""One file per command of ``zhike``; ``catalogue`` says which commands and options exist."""
