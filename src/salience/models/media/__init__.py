"""Pictures into vectors and speech into words. Each a contract, and one network that ships in a package."""
