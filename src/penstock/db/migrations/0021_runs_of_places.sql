-- The runs of a flow or of a deployment are known by their ids without a look at each, for what belongs to them.

DROP INDEX ix_flow_runs_deployment_id_expected_start_time;

CREATE INDEX ix_flow_runs_deployment_id_expected_start_time_id ON flow_runs (deployment_id, expected_start_time, id);

DROP INDEX ix_flow_runs_flow_id_expected_start_time;

CREATE INDEX ix_flow_runs_flow_id_expected_start_time_id ON flow_runs (flow_id, expected_start_time, id);
