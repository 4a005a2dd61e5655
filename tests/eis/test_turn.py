"""One run at a time: the second is refused or waits, and a run that dies leaves nothing behind."""

import threading

import psycopg
import pytest

from eis.errors import EisError
from eis.turn import SIGN, TURN, Turn, find_dead


def end_connections(url: str) -> None:
    """What a restart of the server does to those who are connected."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s", (TURN,)
        )


def test_the_second_is_refused_in_words_and_may_go_when_the_first_is_done(server_url: str) -> None:
    first, second = Turn(server_url), Turn(server_url)
    with first.held(), pytest.raises(EisError, match="Another run"), second.held():
        pass
    with second.held():
        pass


def test_the_second_waits_if_it_is_patient(server_url: str) -> None:
    first, second = Turn(server_url), Turn(server_url)
    order = []

    def wait() -> None:
        with second.held(patience_seconds=30):
            order.append("second")

    with first.held():
        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.5)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def test_held_within_held_is_held_until_the_outer_end(server_url: str) -> None:
    turn = Turn(server_url)
    with turn.held():
        with turn.held():
            pass
        with pytest.raises(EisError), Turn(server_url).held():
            pass


def test_a_lost_turn_is_noticed_and_can_be_taken_again(server_url: str) -> None:
    turn = Turn(server_url)
    with turn.held(run_id="a run"):
        assert not turn.is_lost()
        end_connections(server_url)
        assert turn.is_lost()
        turn.retake(10, "a run")
        assert not turn.is_lost()
        assert find_dead(server_url, ["a run"]) == []
        with pytest.raises(EisError), Turn(server_url).held():
            pass


def test_a_run_is_dead_once_nobody_holds_its_name(server_url: str) -> None:
    turn = Turn(server_url)
    with turn.held(run_id="outer"), turn.held(run_id="inner"):
        assert find_dead(server_url, ["outer", "inner", "killed"]) == ["killed"]
    assert find_dead(server_url, ["outer", "inner"]) == ["outer", "inner"]


def test_a_name_that_somebody_else_holds_is_not_waited_for_longer_than_the_turn(server_url: str) -> None:
    """A server that has not noticed the end of a connection keeps its locks."""
    with psycopg.connect(server_url, autocommit=True) as old:
        old.execute(SIGN.encode(), ("a run",))
        with pytest.raises(EisError, match="Another run"), Turn(server_url).held(0.1, "a run"):
            pass
