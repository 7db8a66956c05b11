"""What every engine promises; the words are in `forecasts.storage.engine`."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from forecasts.site import open_engine
from forecasts.storage.engine import BUSY, TOO_LONG, DatabaseError, Patience

IMPATIENT = Patience(connect=5, lock=0.05, statement=0.2)
FOR_EVER = """
    WITH RECURSIVE numbers (number) AS (
        SELECT 1 UNION ALL SELECT number + 1 FROM numbers
    )
    SELECT COUNT(*) FROM numbers
"""


@pytest.fixture
def engine(url):
    with closing(open_engine(url)) as engine:
        with engine.transaction():
            engine.rows("CREATE TABLE things (number INTEGER PRIMARY KEY, name TEXT)")
        yield engine


@pytest.fixture
def hasty(engine, url):
    """A second engine on the same database, of little patience."""
    with closing(type(engine)(url.removeprefix("sqlite:///"), patience=IMPATIENT)) as hasty:
        yield hasty


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


def test_texts_are_ordered_by_code_point(engine):
    names = ["Zoe", "ada", "Émile", "_", "Ada", "Z", "ångström", "10", "9", "😀", "～"]
    with engine.transaction():
        for number, name in enumerate(names):
            add(engine, number, name)
        engine.rows("ALTER TABLE things ADD COLUMN later TEXT")
        engine.rows("UPDATE things SET later = name")
    for column in ("name", "later"):
        rows = engine.rows(f"SELECT name FROM things ORDER BY {column}")  # noqa: S608
        assert [name for (name,) in rows] == sorted(names)
        assert engine.rows(f"SELECT MAX({column}) FROM things") == [(max(names),)]  # noqa: S608


def test_a_snapshot_sees_one_state_and_nobody_waits_for_it(engine):
    with engine.snapshot():
        assert numbers(engine) == []
        in_thread(write, engine, 1)
        assert numbers(engine) == []
        assert in_thread(numbers, engine) == [1]
    assert numbers(engine) == [1]


def write(engine, number):
    with engine.transaction():
        add(engine, number)


def test_a_snapshot_waits_for_no_writer(engine):
    with engine.transaction():
        add(engine, 1)
        assert in_thread(read_in_snapshot, engine) == []


def read_in_snapshot(engine):
    with engine.snapshot():
        return numbers(engine)


def test_nothing_is_written_in_a_snapshot(engine):
    with pytest.raises(DatabaseError, match="cannot be written"), engine.snapshot():
        add(engine, 1)
    with pytest.raises(RuntimeError, match="outside a transaction"), engine.snapshot():
        engine.many("INSERT INTO things VALUES (:number, '')", [{"number": 1}])
    write(engine, 2)
    assert numbers(engine) == [2]


def test_neither_a_snapshot_nor_a_transaction_goes_into_a_snapshot(engine):
    for inner in (engine.snapshot, engine.transaction):
        with pytest.raises(RuntimeError, match="inside a transaction"), engine.snapshot(), inner():
            pass
    write(engine, 1)
    assert read_in_snapshot(engine) == [1]


def test_purging_leaves_everything_that_was_not_deleted(engine):
    for number in range(3):
        write(engine, number)
    with engine.transaction():
        engine.rows("DELETE FROM things WHERE number = 1")
    assert engine.purge("things")
    assert numbers(engine) == [0, 2]
    write(engine, 4)
    assert numbers(engine) == [0, 2, 4]


def test_nothing_is_purged_inside_a_transaction_or_a_snapshot(engine):
    for outer in (engine.transaction, engine.snapshot):
        with pytest.raises(RuntimeError, match="inside a transaction"), outer():
            engine.purge()
    engine.purge()


def test_purging_waits_for_writers_and_disturbs_no_reader(engine):
    with ThreadPoolExecutor(1) as pool:
        with engine.transaction():
            add(engine, 1)
            purging = pool.submit(engine.purge)
            assert numbers(engine) == [1]
        purging.result(timeout=10)
    assert numbers(engine) == [1]


def test_a_writer_of_the_same_process_that_takes_too_long_is_not_waited_for(hasty):
    with hasty.transaction():
        add(hasty, 1)
        with pytest.raises(DatabaseError) as caught:
            in_thread(write, hasty, 2)
    assert str(caught.value) == BUSY
    write(hasty, 3)
    assert numbers(hasty) == [1, 3]


def test_a_writer_elsewhere_that_takes_too_long_is_not_waited_for(engine, hasty):
    with engine.transaction():
        add(engine, 1)
        with pytest.raises(DatabaseError) as caught:
            in_thread(write, hasty, 2)
        assert str(caught.value) == BUSY
        assert numbers(hasty) == []
    write(hasty, 3)
    assert numbers(engine) == [1, 3]


def test_a_statement_that_takes_too_long_ends(hasty):
    with pytest.raises(DatabaseError) as caught:
        hasty.rows(FOR_EVER)
    assert str(caught.value) == TOO_LONG
    with pytest.raises(DatabaseError, match="took too long"), hasty.transaction():
        add(hasty, 1)
        hasty.rows(FOR_EVER)
    write(hasty, 2)
    assert numbers(hasty) == [2]


def test_what_may_take_long_has_no_limit(hasty):
    slow = FOR_EVER.replace("FROM numbers\n    )", "FROM numbers WHERE number < 2000000\n    )")
    with pytest.raises(DatabaseError, match="took too long"), hasty.transaction():
        hasty.rows(slow)
    with hasty.transaction(unhurried=True):
        assert hasty.rows(slow) == [(2_000_000,)]
    with pytest.raises(DatabaseError, match="took too long"):
        hasty.rows(FOR_EVER)


def test_readers_that_are_all_taken_are_not_waited_for_and_keep_no_writer(url):
    patience = Patience(connect=0.2)
    with closing(type(open_engine(url))(url.removeprefix("sqlite:///"), patience=patience)) as one:
        with one.transaction():
            one.rows("CREATE TABLE things (number INTEGER PRIMARY KEY, name TEXT)")
        taken, over = threading.Barrier(5), threading.Event()

        def read_for_long():
            with one.snapshot():
                taken.wait(timeout=10)
                over.wait(timeout=10)

        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(read_for_long)
            taken.wait(timeout=10)
            with pytest.raises(DatabaseError) as caught:
                one.rows("SELECT 1")
            assert str(caught.value) == BUSY
            write(one, 1)
            over.set()
        assert numbers(one) == [1]
