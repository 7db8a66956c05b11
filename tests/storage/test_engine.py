"""What every engine promises; the words are in `forecasts.storage.engine`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from forecasts.storage.sqlite import SqliteEngine

ENGINES = {"sqlite": lambda folder: SqliteEngine(folder / "contract.db")}


@pytest.fixture(params=ENGINES)
def engine(request, tmp_path):
    with closing(ENGINES[request.param](tmp_path)) as engine:
        with engine.transaction():
            engine.rows("CREATE TABLE things (number INTEGER PRIMARY KEY, name TEXT)")
        yield engine


def add(engine, number, name="thing"):
    engine.rows("INSERT INTO things VALUES (:number, :name)", number=number, name=name)


def numbers(engine):
    return [number for (number,) in engine.rows("SELECT number FROM things ORDER BY number")]


def in_thread(function, *arguments):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result(timeout=10)


def test_rows_come_back_as_tuples_in_the_order_of_the_columns(engine):
    with engine.transaction():
        add(engine, 1, "one")
        add(engine, 2, None)
    rows = engine.rows("SELECT name, number FROM things ORDER BY number")
    assert rows == [("one", 1), (None, 2)]


def test_a_statement_without_rows_gives_none(engine):
    with engine.transaction():
        assert engine.rows("INSERT INTO things VALUES (1, 'one')") == []


def test_a_statement_may_return_what_it_wrote(engine):
    with engine.transaction():
        rows = engine.rows("INSERT INTO things VALUES (7, 'seven') RETURNING number, name")
    assert rows == [(7, "seven")]


@pytest.mark.parametrize("value", ["'; DROP TABLE things; --", ":number", "é 😀", "", None])
def test_values_are_never_read_as_sql(engine, value):
    with engine.transaction():
        add(engine, 1, value)
    assert engine.rows("SELECT name FROM things") == [(value,)]


def test_many_rows_go_by_one_statement(engine):
    with engine.transaction():
        engine.many(
            "INSERT INTO things VALUES (:number, :name)",
            ({"number": number, "name": str(number)} for number in range(1000)),
        )
    assert numbers(engine) == list(range(1000))


def test_many_rows_take_a_transaction(engine):
    with pytest.raises(RuntimeError, match="outside a transaction"):
        engine.many("INSERT INTO things VALUES (:number, '')", [{"number": 1}])
    assert numbers(engine) == []


def test_nothing_is_written_outside_a_transaction(engine):
    with pytest.raises(Exception, match=r"cannot be written"):
        add(engine, 1)
    assert numbers(engine) == []


def test_a_transaction_sees_what_it_wrote_and_others_do_not_yet(engine):
    with engine.transaction():
        add(engine, 1)
        assert numbers(engine) == [1]
        assert in_thread(numbers, engine) == []
    assert in_thread(numbers, engine) == [1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_leaves_no_trace(engine, error):
    with pytest.raises(error), engine.transaction():
        add(engine, 1)
        raise error
    assert numbers(engine) == []


def test_a_failed_statement_takes_the_whole_transaction_back(engine):
    with pytest.raises(Exception, match=r"(?i)unique"), engine.transaction():
        add(engine, 1)
        add(engine, 1)
    assert numbers(engine) == []


def test_after_an_error_the_next_transaction_works(engine):
    with pytest.raises(ValueError, match="no"), engine.transaction():
        message = "no"
        raise ValueError(message)
    with engine.transaction():
        add(engine, 2)
    assert numbers(engine) == [2]


def test_a_transaction_inside_a_transaction_is_refused_and_undoes_the_outer(engine):
    with pytest.raises(RuntimeError, match="inside a transaction"), engine.transaction():
        add(engine, 1)
        with engine.transaction():
            add(engine, 2)
    assert numbers(engine) == []


def test_foreign_keys_hold(engine):
    with engine.transaction():
        engine.rows("CREATE TABLE parts (thing INTEGER REFERENCES things (number))")
    with pytest.raises(Exception, match=r"(?i)foreign key"), engine.transaction():
        engine.rows("INSERT INTO parts VALUES (1)")


def test_readers_do_not_wait_for_a_writer(engine):
    with engine.transaction():
        add(engine, 1)
        with ThreadPoolExecutor(8) as pool:
            reads = [pool.submit(numbers, engine) for _ in range(40)]
            assert [read.result(timeout=10) for read in reads] == [[]] * 40


def test_writers_wait_for_each_other_and_nobody_is_passed_over(engine):
    threads, turns = 8, 50
    with engine.transaction():
        add(engine, 0, "0")
    start, done = threading.Barrier(threads), [0] * threads
    least_when_the_first_ended = []

    def count(me):
        start.wait()
        for _ in range(turns):
            with engine.transaction():
                ((before,),) = engine.rows("SELECT name FROM things")
                engine.rows("UPDATE things SET name = :after", after=str(int(before) + 1))
            done[me] += 1
        least_when_the_first_ended.append(min(done))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(count, range(threads)))
    assert engine.rows("SELECT name FROM things") == [(str(threads * turns),)]
    assert least_when_the_first_ended[0] >= turns / 2


def test_closing_waits_for_whoever_writes(engine):
    closer = threading.Thread(target=engine.close)
    with engine.transaction():
        closer.start()
        add(engine, 1)
        closer.join(0.05)
        assert closer.is_alive()
        assert numbers(engine) == [1]
    closer.join()


def test_what_is_closed_stays_closed(engine):
    engine.close()
    engine.close()
    with pytest.raises(Exception, match="closed"):
        numbers(engine)
    with pytest.raises(Exception, match="closed"), engine.transaction():
        pass
