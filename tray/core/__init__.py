"""The pure heart: types, decisions and rules. No disk, clock, thread or third-party import."""
