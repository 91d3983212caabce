"""The business objects, one file each: declaration, its pure rules, its few actions."""
