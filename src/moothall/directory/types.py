"""The directory's vocabulary: kinds of organisations, permissions, and the roles that bundle them, in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moothall.core.access import OWN_ACCOUNT


class OrganisationKind(TextChoices):
    COUNCIL = "council", _("Council")
    NHS = "nhs", _("NHS body")
    POLICE = "police", _("Police")
    FIRE = "fire", _("Fire and rescue")
    COLLEGE = "college", _("College")
    UNIVERSITY = "university", _("University")
    SCHOOL = "school", _("School")
    HOUSING = "housing", _("Housing association")
    LIBRARY = "library", _("Library or museum")
    CHARITY = "charity", _("Charity")
    COMMUNITY = "community", _("Community group")
    OTHER = "other", _("Other")


class Division(TextChoices):
    """Whose bank holidays an organisation keeps."""

    ENGLAND_AND_WALES = "england-and-wales", _("England and Wales")
    SCOTLAND = "scotland", _("Scotland")
    NORTHERN_IRELAND = "northern-ireland", _("Northern Ireland")


class Duty(TextChoices):
    """What an organisation has to do with a service."""

    DELIVERS = "delivers", _("Delivers it")
    COMMISSIONS = "commissions", _("Commissions it")
    FUNDS = "funds", _("Pays for it")
    REGULATES = "regulates", _("Regulates it")
    SCRUTINISES = "scrutinises", _("Scrutinises it")


class Relation(TextChoices):
    """What one organisation is to another: "This one … the other"."""

    PART_OF = "part-of", _("Is part of")
    REPLACED_BY = "replaced-by", _("Was replaced by")
    MEMBER_OF = "member-of", _("Is a member of")
    PARTNER_OF = "partner-of", _("Works with")


class Reach(TextChoices):
    """Ways to reach somebody."""

    PHONE = "phone", _("Phone")
    MAIL = "mail", _("Mail")
    WEB = "web", _("Web page")
    FORM = "form", _("Form on the web")
    TEXT = "text", _("Text message or relay")
    PLACE = "place", _("In person")
    POST = "post", _("By letter")
    SOCIAL = "social", _("Social media")


class Level(TextChoices):
    """How senior a post is. Used for ladders and for counting, never for permission to learn, attend or speak."""

    NONE = "none", _("No management")
    LEAD = "lead", _("Team lead")
    MIDDLE = "middle", _("Middle management")
    SENIOR = "senior", _("Senior management")
    BOARD = "board", _("Board")


class Permission(TextChoices):
    """What an actor may be allowed to do. The label completes "You may …"."""

    OWN_ACCOUNT = OWN_ACCOUNT, _("see and change what is your own, and set up an institution")
    SEE_PEOPLE = "see-people", _("see who works there, in which team and post")
    MANAGE_INSTITUTION = (
        "manage-institution",
        _("change the institution's name and teams, and record data-sharing agreements"),
    )
    MANAGE_PEOPLE = "manage-people", _("add, invite and move people, and note who has left")
    RECORD_LEAVE = "record-leave", _("say who is away and who stands in for them")
    GRANT_ROLES = "grant-roles", _("say who has which role there, and end it")
    CONFIRM_INSTITUTIONS = (
        "confirm-institutions",
        _("confirm new institutions, and name an administrator where one is missing"),
    )
    PLAN = "plan", _("upload a city, plan its training, and read drafts")
    PUBLISH_PLAN = "publish-plan", _("publish a term's plan, with the organisations and teams it is for")
    READ_SHARED_PLANS = "read-shared-plans", _("read draft plans that a coordinator shares before they are published")
    SEE_PROMISES = "see-promises", _("see what the institution owes, to whom and about what")
    ANSWER_AS_LEAD = (
        "answer-as-lead",
        _("hear of what your team has missed, and release it with a reason to the person owed"),
    )
    ANSWER_AS_SPONSOR = (
        "answer-as-sponsor",
        _("hear of what team managers have missed too, and release it with a reason"),
    )
    ANSWER_AS_BOARD = "answer-as-board", _("hear of what senior sponsors have missed too, and release it with a reason")
    ANSWER_AS_STEWARD = (
        "answer-as-steward",
        _("hear of what an institution’s board has missed too, and release it with a reason"),
    )
    KEEP_DIRECTORY = (
        "keep-directory",
        _("import organisations, services and bank holidays, and keep any record of the directory"),
    )
    KEEP_COVER = "keep-cover", _("say how many of a team must stay, on which days and at what times")
    OBJECT = "object", _("hear when somebody of your team goes somewhere, and object where too few would stay")
    RECORD_FOR_OTHERS = "record-for-others", _("record what somebody says, and give them a receipt")
    RUN_THE_SITE = "run-the-site", _("see whether mail and long work go through, and mend what is stuck")


OF_THE_RECORD = frozenset(
    {
        Permission.SEE_PEOPLE,
        Permission.MANAGE_INSTITUTION,
        Permission.MANAGE_PEOPLE,
        Permission.RECORD_LEAVE,
        Permission.GRANT_ROLES,
        Permission.KEEP_COVER,
    }
)
"""What concerns nothing but an institution's own record."""


class Scope(StrEnum):
    """Where a role can be held."""

    CITY = "city"
    ORGANISATION = "organisation"
    TEAM = "team"


class Role(TextChoices):
    """Named bundles of permissions. Everybody who signs in is a resident besides."""

    FRONT_DESK = "front-desk", _("Front-desk officer")
    LINE_MANAGER = "line-manager", _("Line manager")
    SENIOR_SPONSOR = "senior-sponsor", _("Senior sponsor")
    BOARD_CONTACT = "board-contact", _("Board contact")
    COORDINATOR = "coordinator", _("Training coordinator")
    PROVIDER = "provider", _("Education provider")
    FUNDER = "funder", _("Funder")
    ADMINISTRATOR = "administrator", _("Administrator")
    CITY_STEWARD = "city-steward", _("City steward")


@dataclass(frozen=True, slots=True)
class RoleWords:
    """What a role is for, where it can be held, and what it lets one do."""

    about: str | Promise
    scopes: tuple[Scope, ...]
    permissions: frozenset[Permission]
    public: bool = False
    """Who holds it is named on the institution's page."""


ROLES: dict[Role, RoleWords] = {
    Role.FRONT_DESK: RoleWords(
        _("Meets the public, at a desk or on the phone, and must know who does what."),
        (Scope.ORGANISATION,), frozenset({Permission.SEE_PEOPLE, Permission.RECORD_FOR_OTHERS}),
    ),
    Role.LINE_MANAGER: RoleWords(
        _("Leads a team: knows who is in it, and says who is away and who stands in."),
        (Scope.TEAM,), frozenset({Permission.SEE_PEOPLE, Permission.RECORD_LEAVE, Permission.SEE_PROMISES, Permission.ANSWER_AS_LEAD, Permission.KEEP_COVER, Permission.OBJECT}),
    ),
    Role.SENIOR_SPONSOR: RoleWords(
        _("A senior manager who answers for what the institution's people try. Named in public."),
        (Scope.ORGANISATION,), frozenset({Permission.SEE_PEOPLE, Permission.READ_SHARED_PLANS, Permission.SEE_PROMISES, Permission.ANSWER_AS_SPONSOR}), public=True,
    ),
    Role.BOARD_CONTACT: RoleWords(
        _("The member of the board to whom staff can turn over their managers' heads. Named in public."),
        (Scope.ORGANISATION,), frozenset({Permission.SEE_PEOPLE, Permission.READ_SHARED_PLANS, Permission.SEE_PROMISES, Permission.ANSWER_AS_BOARD}), public=True,
    ),
    Role.COORDINATOR: RoleWords(
        _("Plans the training of the city, or of one institution."),
        (Scope.CITY, Scope.ORGANISATION), frozenset({Permission.PLAN, Permission.PUBLISH_PLAN, Permission.READ_SHARED_PLANS}),
    ),
    Role.PROVIDER: RoleWords(
        _("Gives courses: a college, a company or a single person."),
        (Scope.CITY, Scope.ORGANISATION), frozenset({Permission.READ_SHARED_PLANS}),
    ),
    Role.FUNDER: RoleWords(
        _("Pays for training or for the institutions that take part."),
        (Scope.CITY, Scope.ORGANISATION), frozenset({Permission.READ_SHARED_PLANS}),
    ),
    Role.ADMINISTRATOR: RoleWords(
        _("Keeps the institution's record: its people, teams and roles."),
        (Scope.ORGANISATION,),
        frozenset({Permission.SEE_PEOPLE, Permission.MANAGE_INSTITUTION, Permission.MANAGE_PEOPLE, Permission.RECORD_LEAVE, Permission.GRANT_ROLES, Permission.SEE_PROMISES, Permission.KEEP_COVER}),
    ),
    Role.CITY_STEWARD: RoleWords(
        _("Answers for the city's Moothall as a whole: the last one to turn to."),
        (Scope.CITY,), frozenset({Permission.CONFIRM_INSTITUTIONS, Permission.RUN_THE_SITE, Permission.GRANT_ROLES, Permission.SEE_PROMISES, Permission.ANSWER_AS_STEWARD, Permission.KEEP_DIRECTORY, Permission.RECORD_FOR_OTHERS}), public=True,
    ),
}  # fmt: skip


class Channel(TextChoices):
    """How an invitation reaches somebody."""

    MAIL = "mail", _("By mail")
    PAPER = "paper", _("A code on paper")
    COLLEAGUE = "colleague", _("Through a colleague")


class Decision(TextChoices):
    """What became of a wish to be erased."""

    DONE = "done", _("Erased")
    REFUSED = "refused", _("Refused, with a reason")


@dataclass(frozen=True, slots=True)
class NewTeam:
    """A team as an import names it."""

    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation as an import names it, with its teams."""

    reference: str
    name: str
    kind: OrganisationKind
    teams: tuple[NewTeam, ...]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody an institution adds: typed, or a row of its file. Empty text means it is not known."""

    name: str
    email: str = ""
    reference: str = ""
    team: str = ""
    post: str = ""
    level: Level = Level.NONE
    starts_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What taking a row would do: "new", "moved", "changed" or "same", and to whom."""

    row: int
    person: NewPerson
    effect: str
    known: Any = None  # a Membership, which types may not import
