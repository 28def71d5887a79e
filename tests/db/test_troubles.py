"""What befell transactions is counted and remembered, for whoever watches over a server."""

import pytest
from tests.db.rows import add_flow, adding, count_flows

from penstock.db.errors import DatabaseBusy, DatabaseReadOnly, Deadlock, DiskFull


def failing_twice(code):
    """A body that PostgreSQL gives up on twice, as it would for `code`."""
    attempts = []

    async def body(tx):
        attempts.append(1)
        if len(attempts) < 3:
            await tx.command(f"DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '{code}'; END $$")
        await add_flow(tx, code)

    return body


@pytest.mark.parametrize(("code", "reason"), [("40P01", "deadlock"), ("40001", "serialization")])
def test_what_is_begun_anew_is_counted_by_its_reason(postgres, code, reason):
    """F23."""
    postgres.write(failing_twice(code))
    assert postgres.read(count_flows) == 1
    assert postgres.db.troubles.retries == {reason: 2}
    assert postgres.db.reserved().troubles is postgres.db.troubles


def test_a_deadlock_that_does_not_end_is_told_as_one(postgres):
    async def body(tx):
        await tx.command("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$")

    with pytest.raises(Deadlock):
        postgres.write(body)
    assert postgres.db.troubles.refusal is None


def test_a_refusal_is_remembered_until_a_write_is_seen_to_be_kept(served):
    """F18."""
    refused = [DiskFull("full"), DatabaseReadOnly("read-only"), DatabaseBusy("busy")]

    async def body(tx):
        raise refused.pop()

    troubles = served.db.troubles
    for kind in (DatabaseBusy, DatabaseReadOnly, DiskFull):
        with pytest.raises(kind):
            served.write(body)
        assert (type(troubles.refusal) is kind) == (kind is not DatabaseBusy)
    served.write(adding("after"))
    assert isinstance(troubles.refusal, DiskFull)
