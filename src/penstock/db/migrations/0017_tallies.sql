-- How many runs ended how, by the hours at which they were expected: what counts and histories are added up from.
-- Triggers keep it, so that it is exact whoever writes, in the transaction that changes a run. A statement ends
-- with a semicolon at the end of a line; those within bodies stand at the beginning.
--
-- Hours are counted from the year 1 (62,135,596,800 s before 1970), so that no division is of a negative number;
-- -1 is that of runs without a time. No run counts with more than ten years, so that no sum grows too large.

CREATE TABLE run_tallies (
    runs TEXT NOT NULL,
    hour BIGINT NOT NULL,
    state_type TEXT NOT NULL,
    state_name TEXT NOT NULL,
    has_parent BOOLEAN NOT NULL,
    part BIGINT DEFAULT 0 NOT NULL,
    number BIGINT NOT NULL,
    run_time BIGINT NOT NULL,
    late BIGINT NOT NULL,
    CONSTRAINT pk_run_tallies PRIMARY KEY (runs, hour, state_type, state_name, has_parent, part)
)$without_rowid;

CREATE INDEX ix_run_tallies_parts ON run_tallies (part) WHERE part > 0;

-- only sqlite
CREATE TRIGGER tally_flow_run_ended AFTER INSERT
ON flow_runs WHEN NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
BEGIN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'flow_runs', coalesce((NEW.expected_start_time + 62135596800000000) / 3600000000, -1),
        NEW.state_type, NEW.state_name, NEW.parent_task_run_id IS NOT NULL, 0,
        1, min(NEW.total_run_time, 315360000000000), CASE WHEN NEW.start_time > NEW.expected_start_time
        THEN min(NEW.start_time - NEW.expected_start_time, 315360000000000) ELSE 0 END
    WHERE NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
; END;

-- only sqlite
CREATE TRIGGER tally_flow_run_changed AFTER UPDATE OF state_type, state_name, expected_start_time, start_time,
    total_run_time, parent_task_run_id
ON flow_runs WHEN OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    OR NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
BEGIN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'flow_runs', coalesce((OLD.expected_start_time + 62135596800000000) / 3600000000, -1),
        OLD.state_type, OLD.state_name, OLD.parent_task_run_id IS NOT NULL, 0,
        -1, -min(OLD.total_run_time, 315360000000000), -CASE WHEN OLD.start_time > OLD.expected_start_time
        THEN min(OLD.start_time - OLD.expected_start_time, 315360000000000) ELSE 0 END
    WHERE OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
    ; INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'flow_runs', coalesce((NEW.expected_start_time + 62135596800000000) / 3600000000, -1),
        NEW.state_type, NEW.state_name, NEW.parent_task_run_id IS NOT NULL, 0,
        1, min(NEW.total_run_time, 315360000000000), CASE WHEN NEW.start_time > NEW.expected_start_time
        THEN min(NEW.start_time - NEW.expected_start_time, 315360000000000) ELSE 0 END
    WHERE NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
; END;

-- only sqlite
CREATE TRIGGER tally_flow_run_gone AFTER DELETE
ON flow_runs WHEN OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
BEGIN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'flow_runs', coalesce((OLD.expected_start_time + 62135596800000000) / 3600000000, -1),
        OLD.state_type, OLD.state_name, OLD.parent_task_run_id IS NOT NULL, 0,
        -1, -min(OLD.total_run_time, 315360000000000), -CASE WHEN OLD.start_time > OLD.expected_start_time
        THEN min(OLD.start_time - OLD.expected_start_time, 315360000000000) ELSE 0 END
    WHERE OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
; END;

-- only sqlite
CREATE TRIGGER tally_task_run_ended AFTER INSERT
ON task_runs WHEN NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
BEGIN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'task_runs', coalesce((NEW.expected_start_time + 62135596800000000) / 3600000000, -1),
        NEW.state_type, NEW.state_name, NEW.flow_run_id IS NOT NULL, 0,
        1, min(NEW.total_run_time, 315360000000000), CASE WHEN NEW.start_time > NEW.expected_start_time
        THEN min(NEW.start_time - NEW.expected_start_time, 315360000000000) ELSE 0 END
    WHERE NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
; END;

-- only sqlite
CREATE TRIGGER tally_task_run_changed AFTER UPDATE OF state_type, state_name, expected_start_time, start_time,
    total_run_time, flow_run_id
ON task_runs WHEN OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    OR NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
BEGIN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'task_runs', coalesce((OLD.expected_start_time + 62135596800000000) / 3600000000, -1),
        OLD.state_type, OLD.state_name, OLD.flow_run_id IS NOT NULL, 0,
        -1, -min(OLD.total_run_time, 315360000000000), -CASE WHEN OLD.start_time > OLD.expected_start_time
        THEN min(OLD.start_time - OLD.expected_start_time, 315360000000000) ELSE 0 END
    WHERE OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
    ; INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'task_runs', coalesce((NEW.expected_start_time + 62135596800000000) / 3600000000, -1),
        NEW.state_type, NEW.state_name, NEW.flow_run_id IS NOT NULL, 0,
        1, min(NEW.total_run_time, 315360000000000), CASE WHEN NEW.start_time > NEW.expected_start_time
        THEN min(NEW.start_time - NEW.expected_start_time, 315360000000000) ELSE 0 END
    WHERE NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
; END;

-- only sqlite
CREATE TRIGGER tally_task_run_gone AFTER DELETE
ON task_runs WHEN OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
BEGIN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'task_runs', coalesce((OLD.expected_start_time + 62135596800000000) / 3600000000, -1),
        OLD.state_type, OLD.state_name, OLD.flow_run_id IS NOT NULL, 0,
        -1, -min(OLD.total_run_time, 315360000000000), -CASE WHEN OLD.start_time > OLD.expected_start_time
        THEN min(OLD.start_time - OLD.expected_start_time, 315360000000000) ELSE 0 END
    WHERE OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    ON CONFLICT (runs, hour, state_type, state_name, has_parent, part) DO UPDATE
    SET number = number + excluded.number, run_time = run_time + excluded.run_time, late = late + excluded.late
; END;

-- PostgreSQL's writers would wait for each other at the row of an hour. Each adds a part of its own there, and a
-- service adds the parts up.

-- only postgresql
CREATE SEQUENCE run_tally_parts OWNED BY run_tallies.part;

-- only postgresql
CREATE OR REPLACE FUNCTION tally_flow_run() RETURNS trigger LANGUAGE plpgsql AS $$$$ BEGIN
IF TG_OP <> 'INSERT' AND OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') THEN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'flow_runs', coalesce((OLD.expected_start_time + 62135596800000000) / 3600000000, -1),
        OLD.state_type, OLD.state_name, OLD.parent_task_run_id IS NOT NULL, nextval('run_tally_parts'),
        -1, -least(OLD.total_run_time, 315360000000000), -CASE WHEN OLD.start_time > OLD.expected_start_time
        THEN least(OLD.start_time - OLD.expected_start_time, 315360000000000) ELSE 0 END
; END IF
; IF TG_OP <> 'DELETE' AND NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') THEN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'flow_runs', coalesce((NEW.expected_start_time + 62135596800000000) / 3600000000, -1),
        NEW.state_type, NEW.state_name, NEW.parent_task_run_id IS NOT NULL, nextval('run_tally_parts'),
        1, least(NEW.total_run_time, 315360000000000), CASE WHEN NEW.start_time > NEW.expected_start_time
        THEN least(NEW.start_time - NEW.expected_start_time, 315360000000000) ELSE 0 END
; END IF
; RETURN NULL
; END $$$$;

-- only postgresql
CREATE TRIGGER tally_flow_run_ended AFTER INSERT
ON flow_runs FOR EACH ROW WHEN (NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED'))
EXECUTE FUNCTION tally_flow_run();

-- only postgresql
CREATE TRIGGER tally_flow_run_changed AFTER UPDATE OF state_type, state_name, expected_start_time, start_time,
    total_run_time, parent_task_run_id
ON flow_runs FOR EACH ROW WHEN (OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    OR NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED'))
EXECUTE FUNCTION tally_flow_run();

-- only postgresql
CREATE TRIGGER tally_flow_run_gone AFTER DELETE
ON flow_runs FOR EACH ROW WHEN (OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED'))
EXECUTE FUNCTION tally_flow_run();

-- only postgresql
CREATE OR REPLACE FUNCTION tally_task_run() RETURNS trigger LANGUAGE plpgsql AS $$$$ BEGIN
IF TG_OP <> 'INSERT' AND OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') THEN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'task_runs', coalesce((OLD.expected_start_time + 62135596800000000) / 3600000000, -1),
        OLD.state_type, OLD.state_name, OLD.flow_run_id IS NOT NULL, nextval('run_tally_parts'),
        -1, -least(OLD.total_run_time, 315360000000000), -CASE WHEN OLD.start_time > OLD.expected_start_time
        THEN least(OLD.start_time - OLD.expected_start_time, 315360000000000) ELSE 0 END
; END IF
; IF TG_OP <> 'DELETE' AND NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') THEN
    INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
    SELECT 'task_runs', coalesce((NEW.expected_start_time + 62135596800000000) / 3600000000, -1),
        NEW.state_type, NEW.state_name, NEW.flow_run_id IS NOT NULL, nextval('run_tally_parts'),
        1, least(NEW.total_run_time, 315360000000000), CASE WHEN NEW.start_time > NEW.expected_start_time
        THEN least(NEW.start_time - NEW.expected_start_time, 315360000000000) ELSE 0 END
; END IF
; RETURN NULL
; END $$$$;

-- only postgresql
CREATE TRIGGER tally_task_run_ended AFTER INSERT
ON task_runs FOR EACH ROW WHEN (NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED'))
EXECUTE FUNCTION tally_task_run();

-- only postgresql
CREATE TRIGGER tally_task_run_changed AFTER UPDATE OF state_type, state_name, expected_start_time, start_time,
    total_run_time, flow_run_id
ON task_runs FOR EACH ROW WHEN (OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED')
    OR NEW.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED'))
EXECUTE FUNCTION tally_task_run();

-- only postgresql
CREATE TRIGGER tally_task_run_gone AFTER DELETE
ON task_runs FOR EACH ROW WHEN (OLD.state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED'))
EXECUTE FUNCTION tally_task_run();

-- The triggers are there already, and keep others from writing until all is counted.

-- only sqlite
INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
SELECT 'flow_runs', coalesce((expected_start_time + 62135596800000000) / 3600000000, -1),
        state_type, state_name, parent_task_run_id IS NOT NULL, 0,
        count(*), sum(min(total_run_time, 315360000000000)), sum(CASE WHEN start_time > expected_start_time
        THEN min(start_time - expected_start_time, 315360000000000) ELSE 0 END)
FROM flow_runs WHERE state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') GROUP BY 1, 2, 3, 4, 5;

-- only sqlite
INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
SELECT 'task_runs', coalesce((expected_start_time + 62135596800000000) / 3600000000, -1),
        state_type, state_name, flow_run_id IS NOT NULL, 0,
        count(*), sum(min(total_run_time, 315360000000000)), sum(CASE WHEN start_time > expected_start_time
        THEN min(start_time - expected_start_time, 315360000000000) ELSE 0 END)
FROM task_runs WHERE state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') GROUP BY 1, 2, 3, 4, 5;

-- only postgresql
INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
SELECT 'flow_runs', coalesce((expected_start_time + 62135596800000000) / 3600000000, -1),
        state_type, state_name, parent_task_run_id IS NOT NULL, 0,
        count(*), sum(least(total_run_time, 315360000000000)), sum(CASE WHEN start_time > expected_start_time
        THEN least(start_time - expected_start_time, 315360000000000) ELSE 0 END)
FROM flow_runs WHERE state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') GROUP BY 1, 2, 3, 4, 5;

-- only postgresql
INSERT INTO run_tallies (runs, hour, state_type, state_name, has_parent, part, number, run_time, late)
SELECT 'task_runs', coalesce((expected_start_time + 62135596800000000) / 3600000000, -1),
        state_type, state_name, flow_run_id IS NOT NULL, 0,
        count(*), sum(least(total_run_time, 315360000000000)), sum(CASE WHEN start_time > expected_start_time
        THEN least(start_time - expected_start_time, 315360000000000) ELSE 0 END)
FROM task_runs WHERE state_type IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') GROUP BY 1, 2, 3, 4, 5;
