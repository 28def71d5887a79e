-- Whether the task run that stands for a flow run in its parent goes where the flow run goes.

ALTER TABLE flow_runs ADD COLUMN parent_follows BOOLEAN DEFAULT false NOT NULL;
