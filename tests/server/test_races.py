"""Commands against a holder that starts, ends, hangs, was cut off, or has nowhere to write."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from axchat.attach.life import Life, Stage, encode_life
from axchat.attach.place import Lock, Place
from axchat.attach.talk import Talk
from axchat.server.life import Plan, _take
from support.chaos import Command, Scene
from support.processes import wait_until_gone

NO_PID = 2**30
"""Above all that the kernel gives (proc(5), pid_max)."""


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A home with a model that loads at once."""
    made = Scene(tmp_path, load_s=0.0, token_s=0.001)
    yield made
    made.end()


def assert_nothing_left(scene: Scene) -> None:
    """End the holder; nothing of it stays."""
    holder = scene.holder
    scene.stop()
    # of one that is ending by itself, stop only says so
    assert holder is None or wait_until_gone(holder)
    scene.assert_no_orphan()
    assert not scene.socket.exists()


class TestArrival:
    """Requests that come at a bad moment."""

    def test_five_at_once_get_one_holder(self, scene: Scene) -> None:
        """Exactly one of them starts it, and all are answered."""
        commands = [scene.run() for _ in range(5)]
        for command in commands:
            command.assert_answered()
        assert sum("started a holder" in command.err for command in commands) == 1
        assert_nothing_left(scene)

    def test_arrivals_at_the_moment_of_unload_are_answered(self, scene: Scene) -> None:
        """Three clients whose every answer unloads: each of their requests meets a holder that ends."""
        failures: list[BaseException] = []

        def ask() -> None:
            try:
                for keep_alive in ("0", "0.05", "0", "0.2"):
                    scene.run("--keep-alive", keep_alive).assert_answered()
            except BaseException as error:
                failures.append(error)
                raise

        clients = [threading.Thread(target=ask) for _ in range(3)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        assert not failures, failures[0]
        assert_nothing_left(scene)

    def test_a_command_that_asks_what_is_loaded_meets_the_end_of_it(self, scene: Scene) -> None:
        """Without --model the holder is asked first; one that ends meanwhile is no error."""
        config = scene.home / "config.toml"
        config.write_text(f'model = "{scene.directory}"\nkeep_alive = "0"\n')
        scene.env["AXCHAT_CONFIG"] = str(config)
        for _ in range(4):
            commands = [scene.axchat("run", "-q", "question") for _ in range(2)]
            for command in commands:
                command.assert_answered()
        assert_nothing_left(scene)

    def test_runs_that_come_while_it_is_stopped_are_answered_by_the_next(self, scene: Scene) -> None:
        """A polite stop ends what was asked before it, and loses nothing that is asked after it."""
        for _ in range(3):
            scene.run("-q").assert_answered()
            stop = scene.axchat("stop")
            runs = [scene.run("-q") for _ in range(2)]
            for run in runs:
                run.assert_answered()
            assert stop.wait() == 0, stop.err
        assert_nothing_left(scene)

    def test_stops_at_once_all_succeed(self, scene: Scene) -> None:
        """Whoever comes second finds it ending or gone."""
        scene.run("-q").assert_answered()
        stops = [scene.axchat("stop", *more) for more in ([], ["--now"], [])]
        for stop in stops:
            status = stop.wait()
            assert status == 0, stop.err
        assert_nothing_left(scene)


class TestCutOff:
    """Holders that live and cannot be reached."""

    def test_a_socket_that_nobody_listens_at_is_replaced(self, scene: Scene) -> None:
        """It was left behind by a holder that was killed."""
        scene.socket.parent.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(scene.socket))
        scene.run("-q").assert_answered()
        assert_nothing_left(scene)

    def test_a_holder_whose_socket_was_deleted_is_named_and_can_be_ended(self, scene: Scene) -> None:
        """Its lock says that it lives and listens: nobody waits for its end, and the command is told."""
        scene.run("-q").assert_answered()
        holder = scene.holder
        scene.socket.unlink()
        for arguments in (["run", "-q", "--engine", "session", "-m", str(scene.directory), "hi"], ["stop"]):
            command = scene.axchat(*arguments)
            status = command.wait()
            assert status in (7, 9), command.err
            assert f"pid {holder}" in command.err
            assert "was deleted" in command.err
            assert "axchat stop --now" in command.err
        command = scene.axchat("ps")
        assert command.wait() == 9
        assert "was deleted" in command.err
        scene.assert_no_orphan()
        scene.stop("--now")
        scene.run("-q").assert_answered()
        assert_nothing_left(scene)

    def test_a_look_at_what_a_killed_holder_left_is_no_lost_socket(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Commands such as ps hold the lock for a moment while they look; whoever starts then only waits."""
        place = Place(tmp_path / "s", tmp_path / "l", tmp_path / "t")
        looking, starting = Lock(place.life_lock), Lock(place.life_lock)
        assert looking.take_at_once()
        looking.write(encode_life(Life(NO_PID, "0.1.0", Stage.LISTENING)))
        monkeypatch.setattr("axchat.server.life.time.sleep", lambda _: looking.release())
        _take(starting, Plan(place, 0, *([None] * 3), tmp_path / "times"))  # type: ignore[arg-type]
        third = Lock(place.life_lock)
        assert not third.take_at_once()
        third.release()
        starting.release()

    def test_a_stopped_holder_is_woken_to_end(self, scene: Scene) -> None:
        """SIGSTOP on the holder: stop --now lets it end by itself, so that it frees the card politely."""
        scene.run("-q").assert_answered()
        holder = scene.holder
        assert holder is not None
        os.kill(holder, signal.SIGSTOP)
        command = scene.stop("--now")
        assert f"pid {holder}" in command.err
        assert "Finished server process" in scene.log.read_text()
        scene.run("-q").assert_answered()
        assert_nothing_left(scene)

    def test_a_suspended_client_does_not_keep_an_ending_holder(self, tmp_path: Path) -> None:
        """Ctrl-Z in the middle of a long answer: the holder ends when the card is free; the next starts."""
        scene = Scene(tmp_path, load_s=0.0, token_s=0.0, answer="fox " * 4000, script={"max_token_len": 9000})
        try:
            suspended = scene.run("-q", "--keep-alive", "0")
            assert suspended.wait_for(lambda: bool(suspended.out))
            holder = scene.holder
            assert holder is not None
            suspended.process.send_signal(signal.SIGSTOP)
            assert wait_until_gone(holder, 60.0), "it waits for a client that does not read"
            suspended.process.kill()
            suspended.wait()
            assert len(suspended.out) < len("fox " * 4000), "the whole answer fitted into the pipes"
            assert_nothing_left(scene)
        finally:
            scene.end()


class TestNowhereToWrite:
    """Disks that are full or cannot be written."""

    def test_a_full_disk_under_the_log_is_no_failure(self, scene: Scene) -> None:
        """The log is /dev/full, and the load times cannot be replaced: answers come all the same."""
        scene.log.parent.mkdir(parents=True)
        scene.log.symlink_to("/dev/full")
        (scene.log.parent / "load-times.json").mkdir()
        scene.run("-q").assert_answered()
        scene.run("-q").assert_answered()
        assert_nothing_left(scene)

    def test_a_log_that_cannot_be_written_is_named(self, scene: Scene) -> None:
        """Nothing is started whose errors nobody could read; the way out is told, and works."""
        scene.state.write_text("a file where a folder should be")
        command = scene.run("-q")
        assert command.wait() == 9
        assert f"the holder's log {scene.log} cannot be written" in command.err
        assert "axchat run --once" in command.err
        assert scene.processes() == {}
        scene.run("-q", "--once").assert_answered()

    def test_load_times_leave_no_half_written_file(self, scene: Scene) -> None:
        """What a killed holder left half-written is overwritten by the next load."""
        scene.log.parent.mkdir(parents=True)
        (scene.log.parent / "load-times.new").write_text("{half")
        scene.run("-q").assert_answered()
        scene.assert_whole_records()
        assert_nothing_left(scene)


@contextmanager
def older_holder(scene: Scene, *options: str) -> Iterator[Command]:
    """A holder that says to be another version, and listens."""
    program = (
        "import axchat; axchat.__version__ = '0.0.1'\n"
        "from axchat.__main__ import main\n"
        "raise SystemExit(main())"
    )
    report, told = os.pipe()
    os.set_inheritable(told, True)
    arguments = ("serve", "--engine", "session", "-m", str(scene.directory), *options)
    holder = Command(
        (*arguments, "--report-fd", str(told)), scene.env, scene.home, start=("-c", program), pass_fds=(told,)
    )
    os.close(told)
    try:
        assert os.read(report, 100)
        yield holder
        assert holder.wait() == 0, holder.err
    finally:
        os.close(report)
        holder.process.kill()
        holder.close()


class TestVersions:
    """A holder of another version than the command."""

    def test_an_idle_one_in_the_background_is_replaced(self, scene: Scene) -> None:
        """It ends, and its successor answers."""
        with older_holder(scene, "--background") as older:
            scene.run("-q").assert_answered()
            assert scene.holder != older.process.pid
        assert_nothing_left(scene)

    def test_a_busy_one_answers(self, tmp_path: Path) -> None:
        """Somebody else's answer is not cut; the protocol is the same, so it answers the new one too."""
        scene = Scene(tmp_path, load_s=0.0, token_s=0.05)
        try:
            with older_holder(scene, "--background") as older:
                # any order from the same version begins a long answer: the scene's own would end it
                busy = Talk(scene.connect(), "POST", "/generate", scene.order(version="0.0.1"))
                run = scene.run()
                assert list(busy.lines())[-1]["event"] == "finished"
                busy.close()
                run.assert_answered()
                assert "the holder is axchat 0.0.1" in run.err
                assert scene.holder == older.process.pid
                scene.stop()
        finally:
            scene.end()

    def test_one_in_the_foreground_answers_and_is_named(self, scene: Scene) -> None:
        """Whoever serves on purpose is not ended; ps tells its version."""
        with older_holder(scene) as older:
            run = scene.run()
            run.assert_answered()
            assert "the holder is axchat 0.0.1" in run.err
            ps = scene.axchat("ps")
            assert ps.wait() == 0, ps.err
            assert "0.0.1" in ps.out.decode()
            assert scene.holder == older.process.pid
            older.process.terminate()
