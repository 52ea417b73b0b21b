"""What every area stands on: money, clock, errors, the database's server. No noun of the domain, and no import with side effects."""
