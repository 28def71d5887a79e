-- Runs are found by name, by the name of their state and by tags, whoever else they belong to; errors among logs.

CREATE INDEX ix_flow_runs_name_id ON flow_runs (name, id);

CREATE INDEX ix_flow_runs_state_name_id ON flow_runs (state_name, id);

-- only sqlite
CREATE INDEX ix_flow_runs_tagged ON flow_runs (tags, id) WHERE tags <> '[]';

-- only sqlite
CREATE INDEX ix_task_runs_tagged ON task_runs (tags, id) WHERE tags <> '[]';

-- only postgresql
CREATE INDEX ix_task_runs_tags ON task_runs USING gin (tags) WHERE tags <> '[]';

CREATE INDEX ix_task_runs_rare ON task_runs (state_name, id)
    WHERE (state_name NOT IN ('Completed', 'Pending', 'Running'));

CREATE INDEX ix_task_runs_next_scheduled_start_time ON task_runs (next_scheduled_start_time)
    WHERE next_scheduled_start_time IS NOT NULL;

CREATE INDEX ix_logs_errors ON logs (timestamp, id, level) WHERE level >= 40;
