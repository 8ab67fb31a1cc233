"""Public: conformance suites, clocks, scripted and faulty providers, for your tests and ours; no room imports it."""
