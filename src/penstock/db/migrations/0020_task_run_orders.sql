-- Task runs are listed by name, by their end and by how long they ran, and found by a part of their name.

CREATE INDEX ix_task_runs_name_id ON task_runs (name, id);

CREATE INDEX ix_task_runs_end_time ON task_runs (end_time);

CREATE INDEX ix_task_runs_total_run_time ON task_runs (total_run_time);
