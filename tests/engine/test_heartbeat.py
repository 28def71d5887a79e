"""The hold on a run: what becomes of code that was told to stop and does not."""

import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from penstock.contract.leases import SUSPENDED, LeaseGrant
from penstock.domain.errors import Fenced
from penstock.sdk.engine.heartbeat import Heartbeat, Hold
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.exceptions import RunCancelled, RunFenced, TerminationSignal


@pytest.fixture
def called():
    return threading.Event()


@pytest.fixture
def hold(called, monkeypatch):
    """A hold on code that is deaf to being interrupted."""
    monkeypatch.setattr("penstock.sdk.engine.heartbeat.STOP_SECONDS", 0.05)
    hold = Hold(uuid4(), None)
    hold.last_resort = lambda reason: called.set()
    hold.reaches(Interrupt(cancel=lambda: None))
    return hold


@pytest.mark.parametrize("reason", [RunCancelled("cancelled"), RunFenced("lost")])
def test_code_that_goes_on_is_ended_by_the_last_resort(hold, called, reason):
    """No worker may be left that would end it, and its lease is renewed for as long as the process lives."""
    hold.end(reason)
    assert called.wait(10)


def test_code_that_is_reached_by_old_news_is_ended_too(hold, called):
    hold.reaches(None)
    hold.end(RunCancelled("cancelled"))
    assert not called.wait(0.2)
    hold.reaches(Interrupt(cancel=lambda: None))
    assert called.wait(10)


def test_code_that_stops_in_time_is_left_alone(hold, called):
    hold.end(RunCancelled("cancelled"))
    hold.reaches(None)
    assert not called.wait(0.2)


def test_whoever_sent_a_signal_sees_to_the_end_himself(hold, called):
    hold.end(TerminationSignal(15))
    assert not called.wait(0.2)


def test_a_run_that_others_suspended_is_left_and_not_lost():
    """Its lease went with the suspension: nobody else has it, and it has not crashed."""
    told = threading.Event()

    def renew(run_id, lease):
        told.set()
        raise Fenced("The flow run was suspended.", detail=SUSPENDED)

    heartbeat = Heartbeat(renew)
    grant = LeaseGrant(id=uuid4(), expires=datetime(2026, 1, 1, tzinfo=UTC), renew_every_seconds=0.0)
    hold, ended = Hold(uuid4(), grant), threading.Event()
    hold.reaches(Interrupt(cancel=ended.set))
    heartbeat.keep(hold)
    assert told.wait(10) and ended.wait(10)
    heartbeat.close()
    assert isinstance(hold.ended_by, RunFenced)
    assert (hold.ended_as.name, hold.ended_as.is_paused()) == ("Suspended", True)
    assert hold.ended_as.message.startswith("The flow run was suspended. This process ends")


def test_code_that_waits_for_the_end_of_a_pause_learns_of_it_by_itself():
    """A pause that ran out is told by the pause, and not as the loss of the run."""
    told = threading.Event()

    def renew(run_id, lease):
        told.set()
        raise Fenced("Its lease was given back.")

    heartbeat = Heartbeat(renew)
    grant = LeaseGrant(id=uuid4(), expires=datetime(2026, 1, 1, tzinfo=UTC), renew_every_seconds=0.0)
    hold = Hold(uuid4(), grant)
    hold.waits = True
    heartbeat.keep(hold)
    assert told.wait(10)
    heartbeat.close()
    assert (hold.ended_by, hold.ended_as) == (None, None)
