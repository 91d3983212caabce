"""Handing over what somebody leaves behind: found, split among successors, done as one operation, watched for a while."""
