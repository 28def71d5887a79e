-- Far pages of an order, places by their runs' states and runs by their tasks' states are found on the index alone.

DROP INDEX ix_flow_runs_expected_start_time;

CREATE INDEX ix_flow_runs_expected_start_time_id ON flow_runs (expected_start_time, id);

DROP INDEX ix_flow_runs_state_type_expected_start_time_flow_id;

CREATE INDEX ix_flow_runs_states ON flow_runs (state_type, expected_start_time, flow_id, deployment_id);

DROP INDEX ix_task_runs_expected_start_time;

CREATE INDEX ix_task_runs_expected_start_time_id ON task_runs (expected_start_time, id);

DROP INDEX ix_task_runs_state_type_expected_start_time;

CREATE INDEX ix_task_runs_states ON task_runs (state_type, expected_start_time, flow_run_id);
