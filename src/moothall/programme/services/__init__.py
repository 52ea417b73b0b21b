"""Every write of the programme."""

from .cities import CannotTakeCity, empty_city, read_city, take_city
from .planning import carry_out, start_planning, stop_planning
from .plans import CannotPublishPlan, publish, publish_plan, share_plan, store_plan

__all__ = [
    "CannotPublishPlan",
    "CannotTakeCity",
    "carry_out",
    "empty_city",
    "publish",
    "publish_plan",
    "read_city",
    "share_plan",
    "start_planning",
    "stop_planning",
    "store_plan",
    "take_city",
]
