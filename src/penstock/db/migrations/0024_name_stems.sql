-- Runs are found by a part of their names. Names are many and alike: `train-1f3`, `train-2a0`. What is left of one without
-- the hexadecimal digits at its end is its stem, of which there are few; the runs of a stem stand together in an
-- index. Triggers keep the stems, whoever writes; a service takes away those of which no run is left.

CREATE TABLE run_name_stems (
    runs TEXT NOT NULL,
    stem TEXT NOT NULL,
    CONSTRAINT pk_run_name_stems PRIMARY KEY (runs, stem)
)$without_rowid;

-- only sqlite
CREATE TRIGGER stem_of_flow_run_made AFTER INSERT ON flow_runs
BEGIN
    INSERT INTO run_name_stems (runs, stem) VALUES ('flow_runs', rtrim(NEW.name, '0123456789abcdefABCDEF'))
    ON CONFLICT (runs, stem) DO NOTHING
; END;

-- only sqlite
CREATE TRIGGER stem_of_flow_run_renamed AFTER UPDATE OF name ON flow_runs WHEN NEW.name <> OLD.name
BEGIN
    INSERT INTO run_name_stems (runs, stem) VALUES ('flow_runs', rtrim(NEW.name, '0123456789abcdefABCDEF'))
    ON CONFLICT (runs, stem) DO NOTHING
; END;

-- only sqlite
CREATE TRIGGER stem_of_task_run_made AFTER INSERT ON task_runs
BEGIN
    INSERT INTO run_name_stems (runs, stem) VALUES ('task_runs', rtrim(NEW.name, '0123456789abcdefABCDEF'))
    ON CONFLICT (runs, stem) DO NOTHING
; END;

-- only sqlite
CREATE TRIGGER stem_of_task_run_renamed AFTER UPDATE OF name ON task_runs WHEN NEW.name <> OLD.name
BEGIN
    INSERT INTO run_name_stems (runs, stem) VALUES ('task_runs', rtrim(NEW.name, '0123456789abcdefABCDEF'))
    ON CONFLICT (runs, stem) DO NOTHING
; END;

-- only postgresql
CREATE OR REPLACE FUNCTION keep_stem_of_run() RETURNS trigger LANGUAGE plpgsql AS $$$$ BEGIN
    INSERT INTO run_name_stems (runs, stem) VALUES (TG_TABLE_NAME, rtrim(NEW.name, '0123456789abcdefABCDEF'))
    ON CONFLICT (runs, stem) DO NOTHING
; RETURN NULL
; END $$$$;

-- only postgresql
CREATE TRIGGER stem_of_flow_run_made AFTER INSERT ON flow_runs FOR EACH ROW EXECUTE FUNCTION keep_stem_of_run();

-- only postgresql
CREATE TRIGGER stem_of_flow_run_renamed AFTER UPDATE OF name ON flow_runs FOR EACH ROW
WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION keep_stem_of_run();

-- only postgresql
CREATE TRIGGER stem_of_task_run_made AFTER INSERT ON task_runs FOR EACH ROW EXECUTE FUNCTION keep_stem_of_run();

-- only postgresql
CREATE TRIGGER stem_of_task_run_renamed AFTER UPDATE OF name ON task_runs FOR EACH ROW
WHEN (NEW.name <> OLD.name) EXECUTE FUNCTION keep_stem_of_run();

-- The triggers are there already, and keep others from writing until all is written down.

INSERT INTO run_name_stems (runs, stem) SELECT DISTINCT 'flow_runs', rtrim(name, '0123456789abcdefABCDEF') FROM flow_runs;

INSERT INTO run_name_stems (runs, stem) SELECT DISTINCT 'task_runs', rtrim(name, '0123456789abcdefABCDEF') FROM task_runs;

-- SQLite's index of names is in the order of their code points, and serves what begins with a text.

-- only postgresql
CREATE INDEX ix_flow_runs_name_beginnings ON flow_runs (name text_pattern_ops);

-- only postgresql
CREATE INDEX ix_task_runs_name_beginnings ON task_runs (name text_pattern_ops);
