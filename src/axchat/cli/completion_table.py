"""What Tab completes behind each command; ``python -m support.completion_table`` writes it."""

TABLE = """\
axchat
  --version,-V
  --debug
  --help,-h
axchat run
  --file,-f =*
  --model,-m =
  --engine,-e =
  --device =
  --system,-s =
  --continue,-c
  --resume =
  --schema =
  --max-tokens =
  --temperature =
  --top-p =
  --top-k =
  --seed =
  --stop =*
  --image =*
  --timeout =
  --json
  --events
  --extract,-x =code|last
  --no-stream
  --plain
  --stats
  --strict
  --once
  --keep-alive =
  --quiet,-q
  --yes,-y
  --help,-h
axchat chat
  --model,-m =
  --engine,-e =
  --device =
  --system,-s =
  --continue,-c
  --resume =
  --save,--no-save
  --plain
  --max-tokens =
  --temperature =
  --top-p =
  --top-k =
  --seed =
  --stop =*
  --timeout =
  --once
  --keep-alive =
  --quiet,-q
  --yes,-y
  --help,-h
axchat serve
  --model,-m =
  --engine,-e =
  --host =
  --port =
  --device =
  --keep-alive =
  --key-file =
  --insecure
  --print-systemd =user|system
  --quiet,-q
  --yes,-y
  --help,-h
axchat load
  --model,-m =
  --engine,-e =
  --device =
  --keep-alive =
  --timeout =
  --quiet,-q
  --yes,-y
  --help,-h
axchat ps
  --device =
  --json
  --help,-h
axchat stop
  --now
  --device =
  --quiet,-q
  --help,-h
axchat bench
  --model,-m =*
  --engine,-e =
  --device =
  --n-prompt,-p =*
  --n-gen,-n =*
  -pg =*
  --n-depth,-d =*
  --prompt =*
  --repetitions,-r =
  --warm-up =
  --no-warmup
  --delay =
  --seed =
  --timeout =
  --output,-o =table|md|csv|json|jsonl
  --save =
  --overwrite
  --plot =
  --once
  --quiet,-q
  --yes,-y
  --help,-h
axchat bench compare
  --threshold =
  --output,-o =table|json
  --plot =
  --help,-h
axchat bench list
  --help,-h
axchat doctor
  --explain
  --model,-m =
  --engine,-e =
  --only =*
  --skip =*
  --bundle =
  --fix
  --verbose,-v
  --json
  --help,-h
axchat models
  --help,-h
axchat models list
  --json
  --help,-h
axchat models known
  --json
  --help,-h
axchat models show
  --json
  --help,-h
axchat models pull
  --revision =
  --to =
  --include =*
  --exclude =*
  --file =
  --arch =
  --dry-run,-n
  --yes,-y
  --quiet,-q
  --help,-h
axchat models verify
  --repo =
  --offline
  --json
  --quiet,-q
  --help,-h
axchat models scan
  --add
  --json
  --help,-h
axchat models add
  --name,-n =
  --help,-h
axchat models alias
  --rm =
  --help,-h
axchat models default
  --json
  --help,-h
axchat models fit
  --free =
  --json
  --help,-h
axchat models rm
  --files
  --yes,-y
  --help,-h
axchat history
  --help,-h
axchat history list
  --limit =
  --json
  --help,-h
axchat history show
  --help,-h
axchat history search
  --limit =
  --json
  --help,-h
axchat history export
  --format =md|json
  --output,-o =
  --force
  --help,-h
axchat history rm
  --yes,-y
  --help,-h
axchat history import
  --help,-h
axchat history aside
  --help,-h
axchat config
  --json
  --path
  --help,-h
axchat config show
  --origin
  --model,-m =
  --json
  --help,-h
axchat config path
  --help,-h
axchat config get
  --model,-m =
  --help,-h
axchat config check
  --help,-h
axchat config set
  --system
  --help,-h
axchat config unset
  --system
  --help,-h
axchat config edit
  --system
  --help,-h
axchat config migrate
  --system
  --help,-h
axchat completion
  <> =bash|zsh|fish
  --help,-h
"""
