"""Operating the system: settings, embedded warehouse, raw loading, input validation, the demo department, the CLI."""
