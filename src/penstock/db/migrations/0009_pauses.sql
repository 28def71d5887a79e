-- Pauses of flow runs that run out, and what is said to runs.

ALTER TABLE flow_runs ADD COLUMN pause_expires BIGINT;

CREATE INDEX ix_flow_runs_pause_expires ON flow_runs (pause_expires) WHERE pause_expires IS NOT NULL;

CREATE TABLE flow_run_inputs (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    flow_run_id $uuid NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    sender TEXT,
    CONSTRAINT pk_flow_run_inputs PRIMARY KEY (id),
    CONSTRAINT uq_flow_run_inputs_flow_run_id_key UNIQUE (flow_run_id, "key"),
    CONSTRAINT fk_flow_run_inputs_flow_run_id FOREIGN KEY(flow_run_id) REFERENCES flow_runs (id) ON DELETE CASCADE
);
