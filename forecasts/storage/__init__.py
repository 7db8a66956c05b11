"""The journal, the tables it projects to, and the engines beneath."""
