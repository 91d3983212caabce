"""Everything a company has in documented open formats, and back: a folder or a .zip of JSON lines and files."""
