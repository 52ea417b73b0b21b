"""The `moothall` command. Each subcommand calls the planner or one service; `__main__` is the process's edge."""
