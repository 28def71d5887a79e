-- Events are found by how their names and the ids of their resources begin, whatever the database's language.

-- only postgresql
DROP INDEX ix_events_event_occurred;

-- only postgresql
CREATE INDEX ix_events_event_occurred ON events (event text_pattern_ops, occurred);

-- only postgresql
CREATE INDEX ix_events_resource_id ON events (resource_id text_pattern_ops);

-- only sqlite
CREATE INDEX ix_events_resource_id ON events (resource_id);
