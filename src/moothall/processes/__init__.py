"""What runs: the supervisor that starts the others and brings back what dies, web, worker, sweep; doctor, backup and restore."""
