-- Lists of runs find those of a pool, those that come next and those that started last without a look at all.

CREATE INDEX ix_flow_runs_work_queue_id_expected_start_time ON flow_runs (work_queue_id, expected_start_time);

CREATE INDEX ix_flow_runs_next_scheduled_start_time ON flow_runs (next_scheduled_start_time)
    WHERE next_scheduled_start_time IS NOT NULL;

CREATE INDEX ix_flow_runs_started ON flow_runs (coalesce(start_time, expected_start_time));
