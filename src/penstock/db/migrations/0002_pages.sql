-- A stretch of a million lines is found by its place, and counted by level, without looking at the lines.
DROP INDEX ix_logs_flow_run_id_timestamp;

CREATE INDEX ix_logs_flow_run_id_timestamp_id_level ON logs (flow_run_id, timestamp, id, level);

-- The worker that claimed the run; the run's own process holds the lease later, and the worker still has the run.
ALTER TABLE leases ADD COLUMN worker TEXT;

CREATE TABLE saved_views (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    page TEXT NOT NULL,
    name TEXT NOT NULL,
    query $json DEFAULT '{}' NOT NULL,
    is_default BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_saved_views PRIMARY KEY (id),
    CONSTRAINT uq_saved_views_page_name UNIQUE (page, name)
);

CREATE UNIQUE INDEX uq_saved_views_default ON saved_views (page) WHERE is_default;
