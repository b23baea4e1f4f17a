"""When a runner may be started again."""

from axchat.process.restart import RestartPolicy


def test_early_ends_in_a_row_use_up_the_limit() -> None:
    """The limit is the number of restarts; one end more and it is not tried again."""
    policy = RestartPolicy(limit=2)

    tried = []
    for _ in range(3):
        policy.ended(1.0)
        tried.append(policy.may_restart)

    assert tried == [True, True, False]


def test_a_runner_that_lived_long_is_a_new_trouble() -> None:
    """After a stable life the count begins at one."""
    policy = RestartPolicy(limit=2, stable_s=60)
    policy.ended(1.0)
    policy.ended(0.0)
    policy.ended(60.0)

    assert policy.failures == 1
    assert policy.may_restart


def test_a_whole_answer_clears_the_count() -> None:
    """A runner that answers works, however short its life so far."""
    policy = RestartPolicy(limit=1)
    policy.ended(1.0)
    policy.answered()

    assert policy.failures == 0
