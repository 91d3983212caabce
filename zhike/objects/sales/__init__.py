"""Who we sell to and what: accounts, contacts, leads, pipelines, opportunities, products."""
