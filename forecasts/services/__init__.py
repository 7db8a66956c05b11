"""What a person can do: permission, rules and one event each."""
