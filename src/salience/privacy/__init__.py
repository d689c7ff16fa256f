"""What may be done with what is known: consent and purposes, pseudonyms, the list of everything that is kept. Pure."""
