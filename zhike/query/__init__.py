"""One filter language: text → typed tree → SQL | Python predicate | plain sentence. Also sort, buckets and measures."""
