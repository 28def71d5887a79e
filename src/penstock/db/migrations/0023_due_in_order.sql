-- What is due next in a queue is found without a look at all that are due in the same second.

DROP INDEX ix_flow_runs_due;

CREATE INDEX ix_flow_runs_due ON flow_runs (work_queue_id, next_scheduled_start_time, id) WHERE state_type = 'SCHEDULED';
