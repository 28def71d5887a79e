-- Events and their outbox, automations with what they have seen and done, and webhooks.

ALTER TABLE task_run_states ADD COLUMN received BIGINT;

CREATE INDEX ix_task_run_states_timestamp ON task_run_states (timestamp);

CREATE INDEX ix_task_run_states_received ON task_run_states (received);

CREATE INDEX ix_task_run_states_rare ON task_run_states (name, timestamp)
    WHERE (name NOT IN ('Completed', 'Pending', 'Running'));

CREATE TABLE events (
    id $uuid NOT NULL,
    occurred BIGINT NOT NULL,
    received BIGINT NOT NULL,
    event TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    resource $json DEFAULT '{}' NOT NULL,
    related $json DEFAULT '[]' NOT NULL,
    payload $json DEFAULT '{}' NOT NULL,
    follows $uuid,
    CONSTRAINT pk_events PRIMARY KEY (id)
);

CREATE INDEX ix_events_event_occurred ON events (event, occurred);

CREATE INDEX ix_events_occurred_id ON events (occurred, id);

CREATE INDEX ix_events_received_id ON events (received, id);

CREATE TABLE event_resources (
    resource_hash BIGINT NOT NULL,
    occurred BIGINT NOT NULL,
    event_id $uuid NOT NULL,
    CONSTRAINT pk_event_resources PRIMARY KEY (resource_hash, occurred, event_id)
)$without_rowid;

CREATE TABLE event_outbox (
    position $serial NOT NULL,
    event_id $uuid NOT NULL,
    CONSTRAINT pk_event_outbox PRIMARY KEY (position)
);

CREATE TABLE automations (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    enabled BOOLEAN DEFAULT true NOT NULL,
    tags $jsonb DEFAULT '[]' NOT NULL,
    trigger $json DEFAULT '{}' NOT NULL,
    actions $json DEFAULT '[]' NOT NULL,
    actions_on_trigger $json DEFAULT '[]' NOT NULL,
    actions_on_resolve $json DEFAULT '[]' NOT NULL,
    owner_resource TEXT,
    stopped TEXT,
    since BIGINT NOT NULL,
    CONSTRAINT pk_automations PRIMARY KEY (id)
);

CREATE INDEX ix_automations_name ON automations (name);

CREATE INDEX ix_automations_owner_resource ON automations (owner_resource);

CREATE TABLE automation_buckets (
    automation_id $uuid NOT NULL,
    trigger_id $uuid NOT NULL,
    key TEXT NOT NULL,
    state $json DEFAULT '{}' NOT NULL,
    updated BIGINT NOT NULL,
    due BIGINT,
    CONSTRAINT pk_automation_buckets PRIMARY KEY (automation_id, trigger_id, "key"),
    CONSTRAINT fk_automation_buckets_automation_id FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE
)$without_rowid;

CREATE INDEX ix_automation_buckets_due ON automation_buckets (due) WHERE due IS NOT NULL;

CREATE TABLE automation_firings (
    id $uuid NOT NULL,
    automation_id $uuid NOT NULL,
    trigger_id $uuid NOT NULL,
    state TEXT NOT NULL,
    fired BIGINT NOT NULL,
    event_id $uuid,
    labels $json DEFAULT '{}' NOT NULL,
    events $json DEFAULT '[]' NOT NULL,
    depth BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_automation_firings PRIMARY KEY (id),
    CONSTRAINT ck_automation_firings_state CHECK (state IN ('Resolved', 'Triggered')),
    CONSTRAINT fk_automation_firings_automation_id FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE
);

CREATE INDEX ix_automation_firings_automation_id_fired ON automation_firings (automation_id, fired);

CREATE INDEX ix_automation_firings_fired ON automation_firings (fired);

CREATE TABLE automation_actions (
    id $uuid NOT NULL,
    firing_id $uuid NOT NULL,
    automation_id $uuid NOT NULL,
    position BIGINT NOT NULL,
    action $json DEFAULT '{}' NOT NULL,
    status TEXT DEFAULT 'pending' NOT NULL,
    due BIGINT NOT NULL,
    attempts BIGINT DEFAULT 0 NOT NULL,
    ended BIGINT,
    rendered $json,
    outcome $json,
    reason TEXT,
    CONSTRAINT pk_automation_actions PRIMARY KEY (id),
    CONSTRAINT uq_automation_actions_firing_id_position UNIQUE (firing_id, position),
    CONSTRAINT ck_automation_actions_status CHECK (status IN ('done', 'failed', 'pending', 'running')),
    CONSTRAINT ck_automation_actions_ended CHECK ((status IN ('done', 'failed')) = (ended IS NOT NULL)),
    CONSTRAINT fk_automation_actions_firing_id FOREIGN KEY(firing_id) REFERENCES automation_firings (id) ON DELETE CASCADE,
    CONSTRAINT fk_automation_actions_automation_id FOREIGN KEY(automation_id) REFERENCES automations (id) ON DELETE CASCADE
);

CREATE INDEX ix_automation_actions_automation_id ON automation_actions (automation_id);

CREATE INDEX ix_automation_actions_due ON automation_actions (due) WHERE ended IS NULL;

CREATE TABLE webhooks (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    enabled BOOLEAN DEFAULT true NOT NULL,
    slug TEXT NOT NULL,
    secret_version BIGINT DEFAULT 1 NOT NULL,
    template $json DEFAULT '{}' NOT NULL,
    last_received BIGINT,
    CONSTRAINT pk_webhooks PRIMARY KEY (id),
    CONSTRAINT uq_webhooks_name UNIQUE (name),
    CONSTRAINT uq_webhooks_slug UNIQUE (slug)
);

CREATE TABLE webhook_deliveries (
    webhook_id $uuid NOT NULL,
    signature TEXT NOT NULL,
    received BIGINT NOT NULL,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (webhook_id, signature),
    CONSTRAINT fk_webhook_deliveries_webhook_id FOREIGN KEY(webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
)$without_rowid;

CREATE INDEX ix_webhook_deliveries_received ON webhook_deliveries (received);
