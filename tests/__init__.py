"""The tests, by what they need: unit, engine, contract, infra and so on."""
