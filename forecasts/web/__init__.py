"""HTTP beside the pages: accounts, health and the security of every answer."""
