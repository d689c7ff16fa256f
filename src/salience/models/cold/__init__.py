"""What can be said of people and items that no model has seen: content, traits, rules."""
