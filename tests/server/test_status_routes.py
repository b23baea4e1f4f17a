"""``/health`` and ``/metrics`` of a real holder with the scripted engine."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from axchat.axcl.smi import Card
from axchat.engines.scripted import Answer, ScriptedEngine
from axchat.errors import DeviceFailed, QueueFull
from axchat.server.app import ApiOptions
from axchat.server.card_reading import KNOWN_S, CardReading
from axchat.server.metrics import exposition
from axchat.server.security import Rules
from axchat.server.status import State, Status
from axchat.server.tally import Buckets, Tally
from axchat.server.waiting import Limits
from support.gate import Gate
from support.jobs import Heard, spec
from support.live_holder import LiveHolder

CAPTURES = Path(__file__).parent.parent / "captures" / "axcl-smi"


def get(url: str | Request) -> tuple[int, Any]:
    """Status and body of a GET; parsed where it is JSON."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            status, kind, body = answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, kind, body = error.code, error.headers["Content-Type"], error.read()
    return status, json.loads(body) if kind == "application/json" else body.decode()


def scripted(*answers: Any, **options: Any) -> Callable[..., ScriptedEngine]:
    """Builds scripted engines."""
    return lambda _spec, _sampling: ScriptedEngine(answers, **options)


def ask(holder: LiveHolder, **options: Any) -> Heard:
    """A request in the holder's queue."""
    assert holder.holder is not None
    heard = Heard(**options)
    holder.holder.owner.submit(heard.job)
    return heard


class TestHealth:
    """What a load balancer sees."""

    def test_idle_then_ready(self, tmp_path: Path) -> None:
        """Requests are welcome before and after the first load."""
        with LiveHolder(tmp_path, scripted(["hi"])) as holder:
            assert get(f"{holder.url}/health")[1]["status"] == "idle"
            ask(holder).end()
            status, said = get(f"{holder.url}/health")
        assert (status, said["status"], said["ready"]) == (200, "ready", True)
        assert (said["model"], said["error"]) == ("m", None)

    def test_loading_tells_how_far_it_is(self, tmp_path: Path) -> None:
        """Requests wait for a load, so it is no reason to send them elsewhere."""
        gate = Gate()
        with LiveHolder(tmp_path, scripted(["hi"], load_s=1.0, load_steps=4, sleep=gate)) as holder:
            heard = ask(holder)
            gate.pass_one()
            gate.wait_until_reached()
            status, said = get(f"{holder.url}/health")
            gate.open_for_good()
            heard.end()
        assert (status, said["status"], said["ready"], said["load_percent"]) == (200, "loading", False, 25.0)

    def test_degraded_names_the_failure(self, tmp_path: Path) -> None:
        """503, with the error's id, message and hint; the next success mends it."""
        fault = DeviceFailed("the card is dead", hint="power-cycle it")
        with LiveHolder(tmp_path, scripted(Answer(["a"], fault, 1), ["fine"])) as holder:
            ask(holder).error()
            status, said = get(f"{holder.url}/health")
            assert (status, said["status"]) == (503, "degraded")
            told = {"id": "device-failed", "message": "the card is dead", "hint": "power-cycle it"}
            assert said["error"] == told
            ask(holder).end()
            assert get(f"{holder.url}/health")[0] == 200

    def test_who_has_no_key_learns_how_it_is_and_nothing_else(self, tmp_path: Path) -> None:
        """Where a key is needed, a balancer sees state and error id; model names and paths take the key."""
        fault = DeviceFailed("cannot read /home/jo/secret-model")
        options = ApiOptions(rules=Rules(key=b"key"))
        with LiveHolder(tmp_path, scripted(Answer(["a"], fault, 1)), options=options) as holder:
            ask(holder).error()
            status, said = get(f"{holder.url}/health")
            with_key = get(Request(f"{holder.url}/health", headers={"Authorization": "Bearer key"}))[1]
        assert (status, said["status"], said["model"]) == (503, "degraded", None)
        assert said["error"] == {"id": "device-failed", "message": None, "hint": None}
        assert (with_key["model"], with_key["error"]["message"]) == ("m", fault.message)

    def test_a_failure_is_forgiven_after_a_while(self, tmp_path: Path) -> None:
        """A balancer that sends nothing to a degraded card would never see it mended: it may try again."""
        fault = DeviceFailed("the card is dead")
        with LiveHolder(tmp_path, scripted(Answer([], fault)), limits=Limits(degraded_s=0.0)) as holder:
            ask(holder).error()
            status, said = get(f"{holder.url}/health")
        assert (status, said["status"], said["error"]["id"]) == (200, "ready", "device-failed")


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample of an exposition, read by the official parser."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class TestMetrics:
    """What Prometheus sees."""

    def test_counts_are_those_of_the_answers(self, tmp_path: Path) -> None:
        """Two answers of three tokens, one failure after one token."""
        fault = DeviceFailed("dead")
        script = scripted(["a", "b", "c"], ["a", "b", "c"], Answer(["x"], fault, 1))
        with LiveHolder(tmp_path, script) as holder:
            for _ in range(2):
                ask(holder, text="two words").end()
            ask(holder).error()
            status, text = get(f"{holder.url}/metrics")
        assert status == 200
        found = samples(text)
        assert found["axchat_answers_total", (("reason", "stop"),)] == 2
        assert found["axchat_errors_total", (("id", "device-failed"),)] == 1
        assert found["axchat_tokens_total", (("kind", "prompt"),)] == 4
        assert found["axchat_tokens_total", (("kind", "completion"),)] == 6
        assert found["axchat_ttft_seconds_count", ()] == 3
        assert found["axchat_inter_token_seconds_count", ()] == 4
        assert found["axchat_load_seconds_count", ()] == 1
        assert found["axchat_queue_wait_seconds_count", ()] == 2
        assert found["axchat_state", (("state", "degraded"),)] == 1
        assert found["axchat_model_loaded", (("engine", "scripted"), ("model", "m"))] == 1
        assert not any(name.startswith("axchat_card") for name, _ in found)

    def test_requests_that_never_had_their_turn_are_errors_too(self, tmp_path: Path) -> None:
        """One was too many for the queue, one waited too long."""
        gate = Gate()
        limits = Limits(max_queue=1)
        with LiveHolder(tmp_path, scripted(["a", "b"], token_s=1.0, sleep=gate), limits=limits) as holder:
            assert holder.holder is not None
            owner = holder.holder.owner
            running = ask(holder)
            gate.wait_until_reached()
            late = ask(holder)
            with pytest.raises(QueueFull):
                ask(holder)
            owner.expire(late.job)
            late.error()
            found = samples(get(f"{holder.url}/metrics")[1])
            gate.open_for_good()
            running.end()
        assert found["axchat_errors_total", (("id", "queue-full"),)] == 1
        assert found["axchat_errors_total", (("id", "queue-timeout"),)] == 1

    def test_a_models_name_cannot_forge_a_line(self, tmp_path: Path) -> None:
        """Newlines and quotes in a name stay within its label."""
        evil = 'm"} 1\naxchat_forged 1\n'
        with LiveHolder(tmp_path, scripted(["hi"])) as holder:
            ask(holder, model=spec(evil)).end()
            found = samples(get(f"{holder.url}/metrics")[1])
        assert "axchat_forged" not in {name for name, _ in found}
        assert found["axchat_model_loaded", (("engine", "scripted"), ("model", evil))] == 1


def test_buckets_count_what_is_at_most_their_bound() -> None:
    """As Prometheus has it: cumulative, with everything at infinity."""
    buckets = Buckets((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 99.0):
        buckets.add(value)
    assert buckets.cumulative() == [("1.0", 2.0), ("2.0", 3.0), ("+Inf", 4.0)]
    assert buckets.total == 102.0


class TestCard:
    """What axcl-smi says, when it is there."""

    def program(self, folder: Path, capture: str) -> CardReading:
        """A program of that name that prints a recorded table, and counts its calls."""
        path = folder / "axcl-smi"
        path.write_text(f"#!/bin/sh\necho x >> {folder}/calls\nexec cat {CAPTURES / capture}.txt\n")
        path.chmod(0o755)
        return CardReading(1 if "two" in capture else 0, {"PATH": f"{folder}:/usr/bin:/bin"})

    def test_a_reading_serves_all_that_ask_at_once_and_soon_after(self, tmp_path: Path) -> None:
        """axcl-smi is called once; the figures are those of the table."""
        reading = self.program(tmp_path, "table-one-card")

        async def ask_thrice() -> list[Card | None]:
            both = await asyncio.gather(reading.card(), reading.card())
            return [*both, await reading.card()]

        cards = asyncio.run(ask_thrice())
        assert cards[0] == cards[1] == cards[2]
        card = cards[0]
        assert card is not None
        assert (card.temperature_c, card.cmm_used_mib, card.cmm_total_mib) == (81, 18, 7040)
        assert (tmp_path / "calls").read_text() == "x\n"

    def test_who_cannot_wait_gets_the_last_reading(self, tmp_path: Path) -> None:
        """The first look starts a reading, a later one finds it, and an old one is not shown."""
        now = [0.0]
        self.program(tmp_path, "table-one-card")
        reading = CardReading(0, {"PATH": f"{tmp_path}:/usr/bin:/bin"}, lambda: now[0])

        async def look() -> list[int | None]:
            seen = [reading.latest()]
            await reading.card()
            seen.append(reading.latest())
            now[0] = KNOWN_S
            seen.append(reading.latest())
            await reading.card()
            now[0] = 3 * KNOWN_S
            seen.append(reading.latest())
            await reading.card()
            return [None if card is None else card.temperature_c for card in seen]

        assert asyncio.run(look()) == [None, 81, 81, None]
        assert (tmp_path / "calls").read_text() == "x\n" * 3

    def test_the_card_is_the_holders_own(self, tmp_path: Path) -> None:
        """Of two cards, the one with the holder's index."""
        card = asyncio.run(self.program(tmp_path, "table-two-cards").card())
        assert card is not None
        assert card.index == 1

    @pytest.mark.parametrize("capture", ["no-driver", "simulated-dead-card", "already-running"])
    def test_a_card_that_says_nothing_is_unknown(self, tmp_path: Path, capture: str) -> None:
        """No figure is made up."""
        assert asyncio.run(self.program(tmp_path, capture).card()) is None

    def test_what_is_known_of_the_card_is_told(self) -> None:
        """In Prometheus' base units."""
        card = Card(0, "AX650N", "V3.6.5", "0001:11:00.0", 81, 1, 0, 152, 945, 18, 7040)
        found = samples(exposition(Status(remaining_cmm_mib=100), Tally(), card).decode())
        assert found["axchat_card_temperature_celsius", ()] == 81
        assert found["axchat_card_cmm_used_bytes", ()] == 18 * 2**20
        assert found["axchat_card_cmm_total_bytes", ()] == 7040 * 2**20
        assert found["axchat_card_cmm_free_after_load_bytes", ()] == 100 * 2**20

    def test_where_it_is_missing_nothing_is_known(self, tmp_path: Path) -> None:
        """No program, no figure, no error."""
        assert asyncio.run(CardReading(0, {"PATH": str(tmp_path)}).card()) is None


def test_a_status_says_nothing_it_does_not_know() -> None:
    """The default of every field is its absence."""
    assert Status().state is State.IDLE
    assert Status().remaining_cmm_mib is None
