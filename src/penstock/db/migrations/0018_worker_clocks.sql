-- How far the clock of a worker was ahead of the server's when it was last heard of.

ALTER TABLE workers ADD COLUMN clock_ahead_seconds BIGINT;
