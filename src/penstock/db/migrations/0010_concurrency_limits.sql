-- Concurrency limits, and the slots that are held of them.

CREATE TABLE concurrency_limits (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    "limit" BIGINT NOT NULL,
    active BOOLEAN DEFAULT true NOT NULL,
    slot_decay_per_second FLOAT DEFAULT 0 NOT NULL,
    level FLOAT DEFAULT 0 NOT NULL,
    level_at BIGINT,
    occupancy_seconds FLOAT DEFAULT 2 NOT NULL,
    CONSTRAINT pk_concurrency_limits PRIMARY KEY (id),
    CONSTRAINT uq_concurrency_limits_name UNIQUE (name),
    CONSTRAINT ck_concurrency_limits_limit CHECK ("limit" >= 0),
    CONSTRAINT ck_concurrency_limits_slot_decay_per_second CHECK (slot_decay_per_second >= 0)
);

CREATE TABLE concurrency_slots (
    id $uuid NOT NULL,
    lease_id $uuid NOT NULL,
    limit_id $uuid,
    slots BIGINT NOT NULL,
    holder_type TEXT,
    holder_id $uuid,
    flow_run_id $uuid,
    acquired BIGINT NOT NULL,
    expires BIGINT,
    CONSTRAINT pk_concurrency_slots PRIMARY KEY (id),
    CONSTRAINT ck_concurrency_slots_slots CHECK (slots > 0),
    CONSTRAINT fk_concurrency_slots_limit_id FOREIGN KEY(limit_id) REFERENCES concurrency_limits (id) ON DELETE SET NULL
);

CREATE INDEX ix_concurrency_slots_lease_id ON concurrency_slots (lease_id);

CREATE INDEX ix_concurrency_slots_limit_id_acquired ON concurrency_slots (limit_id, acquired);

CREATE INDEX ix_concurrency_slots_holder_id ON concurrency_slots (holder_id) WHERE holder_id IS NOT NULL;

CREATE INDEX ix_concurrency_slots_flow_run_id ON concurrency_slots (flow_run_id) WHERE flow_run_id IS NOT NULL;

CREATE INDEX ix_concurrency_slots_expires ON concurrency_slots (expires) WHERE expires IS NOT NULL;

ALTER TABLE deployments ADD COLUMN global_concurrency_limit_id $uuid;
