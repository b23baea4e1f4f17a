"""The vendor's command line, its error texts and exit codes (facts: runner-console section 2.1)."""

import pytest

from axchat.standin import options

PROMPT = ["--prompt", ""]


def refused(arguments: list[str]) -> tuple[str, int]:
    """The first line of the refusal, and its status."""
    with pytest.raises(options.UsageError) as caught:
        options.parse("main", arguments)
    return caught.value.text.splitlines()[0], caught.value.status


class TestRefusals:
    """What the vendor's parser refuses."""

    @pytest.mark.parametrize(
        ("arguments", "line"),
        [
            ([*PROMPT, "--x", "1"], "undefined option: --x"),
            ([*PROMPT, "--x=1"], "undefined option: --x"),
            ([*PROMPT, "-x"], "undefined short option: -x"),
            ([*PROMPT, "--bos"], "option needs value: --bos"),
            ([*PROMPT, "--live_print", "true"], "option value is invalid: --live_print=true"),
            ([*PROMPT, "--axmodel_num", "28x"], "option value is invalid: --axmodel_num=28x"),
            (["--bos", "0"], "need option: --prompt"),
            (["-p"], "option needs value: --prompt"),
        ],
    )
    def test_the_first_error_is_printed_with_status_1(self, arguments: list[str], line: str) -> None:
        """One error line, the usage after it, exit 1."""
        assert refused(arguments) == (line, 1)

    @pytest.mark.parametrize("arguments", [[], ["--help"], ["-?"], ["--nonsense", "--help"]])
    def test_help_and_no_arguments_exit_0(self, arguments: list[str]) -> None:
        """The usage alone goes to stderr, with status 0."""
        line, status = refused(arguments)

        assert (line.startswith("usage: main --prompt=string"), status) == (True, 0)

    def test_a_build_with_devices_needs_them(self) -> None:
        """The first option that is missing is named, in order of names; the usage has all such."""
        with pytest.raises(options.UsageError) as caught:
            options.parse("main", ["--bos", "0"], (*options.OPTIONS, options.DEVICES))

        assert caught.value.text.startswith(
            "need option: --devices\nusage: main --prompt=string --devices=string [options] ... \n"
        )


class TestValues:
    """What the vendor's parser takes."""

    def test_defaults_are_the_vendors(self) -> None:
        """An empty prompt is given; bos is on unless it is switched off."""
        values = options.parse("main", PROMPT)

        assert (values["prompt"], values["bos"], values["axmodel_num"]) == ("", "1", "22")

    @pytest.mark.parametrize(
        "given", [["-p", "hi"], ["--prompt", "hi"], ["--prompt=hi"], ["-p", "no", "-p", "hi"]]
    )
    def test_a_value_follows_or_is_joined(self, given: list[str]) -> None:
        """Long and short forms give the same value; the last one counts."""
        assert options.parse("main", given)["prompt"] == "hi"

    def test_words_beside_options_are_ignored(self) -> None:
        """A stray word is no error."""
        assert options.parse("main", ["stray", *PROMPT])["prompt"] == ""
