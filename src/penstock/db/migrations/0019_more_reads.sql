-- Task runs are counted by when they began, and events by name, on the index alone.

-- only sqlite
CREATE INDEX ix_task_runs_started ON task_runs (coalesce(start_time, expected_start_time), state_type);

-- only postgresql
CREATE INDEX ix_task_runs_started ON task_runs (coalesce(start_time, expected_start_time), state_type)
    INCLUDE (start_time, expected_start_time);

DROP INDEX ix_task_run_states_timestamp;

CREATE INDEX ix_task_run_states_timestamp_name ON task_run_states (timestamp, name);
