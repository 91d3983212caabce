"""Old parts of the change log as Parquet files in the home: made, read as history, and proved with the chain."""
