-- With the flow, in an index that changes with the state anyway: a week of all flows is counted on it alone.
DROP INDEX ix_flow_runs_state_type_expected_start_time;

CREATE INDEX ix_flow_runs_state_type_expected_start_time_flow_id
    ON flow_runs (state_type, expected_start_time, flow_id);
