-- Tasks that are called now and run elsewhere: the queue, and the processes that take from it.

CREATE TABLE task_workers (
    id $uuid NOT NULL,
    client_id TEXT NOT NULL,
    task_keys $json DEFAULT '[]' NOT NULL,
    is_open BOOLEAN DEFAULT true NOT NULL,
    seen BIGINT NOT NULL,
    CONSTRAINT pk_task_workers PRIMARY KEY (id)
);

CREATE INDEX ix_task_workers_client_id ON task_workers (client_id);
CREATE INDEX ix_task_workers_seen ON task_workers (seen);

CREATE TABLE deferred_task_runs (
    task_run_id $uuid NOT NULL,
    task_key TEXT NOT NULL,
    due BIGINT NOT NULL,
    taken_by $uuid,
    acknowledged BIGINT,
    CONSTRAINT pk_deferred_task_runs PRIMARY KEY (task_run_id),
    CONSTRAINT fk_deferred_task_runs_task_run_id FOREIGN KEY(task_run_id) REFERENCES task_runs (id) ON DELETE CASCADE
);

CREATE INDEX ix_deferred_task_runs_waiting ON deferred_task_runs (task_key, due) WHERE taken_by IS NULL;
CREATE INDEX ix_deferred_task_runs_taken ON deferred_task_runs (taken_by) WHERE taken_by IS NOT NULL;
