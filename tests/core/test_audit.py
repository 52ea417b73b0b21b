"""The audit stands or falls with its deed, and nobody rewrites it."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from moothall.core import audit
from moothall.core.models import AuditEntry
from moothall.directory.models import Organisation
from tests.factories.world import ALL


@pytest.fixture
def organisation(db: None) -> Organisation:
    return Organisation.objects.create(slug="a", name="A", kind="council")


def test_a_deed_and_its_audit_are_one(organisation: Organisation) -> None:
    with transaction.atomic():
        audit.record(actor=ALL, now=timezone.now(), verb="try", subject=organisation)
        transaction.set_rollback(True)
    assert audit.entries_of(organisation) == []
    audit.record(actor=ALL, now=timezone.now(), verb="change", subject=organisation, organisation=organisation.pk)
    (entry,) = audit.entries_of(organisation)
    assert (entry.actor_kind, entry.actor_name, entry.verb) == ("system", "tests", "change")
    assert entry.subject_kind == "directory.organisation"


@pytest.mark.usefixtures("committed")
def test_an_audit_without_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="in the transaction of the deed"):
        audit.record(actor=ALL, now=timezone.now(), verb="x", subject=Organisation(pk=1))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET verb = 'nothing'",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
        "ALTER TABLE core_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE core_auditentry",
    ],
)
def test_the_app_cannot_rewrite_what_was_done(organisation: Organisation, statement: str) -> None:
    audit.record(actor=ALL, now=timezone.now(), verb="change", subject=organisation)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.count() == 1
