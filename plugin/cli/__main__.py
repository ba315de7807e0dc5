"""`python -m plugin.cli`: the same as `journeys`; worker processes are started so."""

from plugin.cli.main import main

if __name__ == "__main__":
    main(prog_name="journeys")
