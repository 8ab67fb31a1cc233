"""How the embedded server is set: private to its user, quiet in its log, and small enough for a laptop."""

from typing import Final

PRIVATE: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
}

# ERROR lines, DETAIL, CONTEXT and STATEMENT can all quote a value. `log_min_messages=log` drops the first (in a server
# log, LOG ranks above ERROR), terse verbosity and the panic threshold drop the others.
QUIET: Final = {
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_duration": "off",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}

# One file for each day of the week, emptied when its day comes round again.
LOG_FILES: Final = {
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "server-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
}

DURABLE: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}

SMALL: Final = {
    "shared_buffers": "128MB",
    "max_connections": "60",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "max_logical_replication_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "15s",  # what was just imported is counted soon: the planner reads all of it to find one row until then
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
}

# What every major version knows; an upgrade starts the old server with these.
ANY_MAJOR: Final = PRIVATE | QUIET | LOG_FILES | DURABLE

SERVER: Final = ANY_MAJOR | SMALL
