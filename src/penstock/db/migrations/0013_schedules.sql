-- What is done about ticks that were missed, how far schedules are planned, and which of them made a run.

ALTER TABLE deployment_schedules ADD COLUMN catch_up TEXT;
ALTER TABLE deployment_schedules ADD COLUMN max_lateness_seconds FLOAT;
ALTER TABLE deployment_schedules ADD COLUMN planned_through BIGINT;
ALTER TABLE deployment_schedules ADD COLUMN next_look BIGINT;

ALTER TABLE flow_runs ADD COLUMN schedule_id $uuid;
