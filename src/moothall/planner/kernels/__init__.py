"""The inner loops that numpy cannot say without wasting most of its work. Compiled when first used, and kept beside these files; few and small, as
a large one takes minutes to compile. They leave the interpreter to others meanwhile.

    classes   the bound over classes of runs
    making    a first plan: the best run of all, again and again
    rows      sets of runs that people could take, and prices of seats
    moves     who sits where: moves between rows, one by one and in chains
    weighing  what a new run would be worth
"""
