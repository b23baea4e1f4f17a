"""What ``axchat --help`` prints; ``python -m support.completion_table`` writes it."""

HELP = """\
Usage: axchat [OPTIONS] COMMAND [ARGS]...

  Local LLM chat on Axera AXCL cards, and on the CPU where there is none.

Options:
  -V, --version  Show the version.
  --debug        Show the traceback of an unexpected error.
  -h, --help     Show this message and exit.

Commands:
  run         Answer one prompt.
  chat        Talk in an interactive session.
  serve       Keep a model loaded, and serve it over HTTP.
  load        Load a model, so that the next answer comes at once.
  ps          Show what is loaded, who waits, and when it unloads.
  stop        Unload the model and free the card.
  bench       Measure load, TTFT, prefill and decode, and compare.
  doctor      Find what is wrong with card, driver, model and host.
  models      List, name, fetch and judge models.
  history     List, show, search, export and remove conversations.
  config      Show, change and check the settings.
  completion  Print what makes Tab complete in a shell."""
