-- Who may ask, other than by the server's own credential; and what was changed by whom.

CREATE TABLE api_keys (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    work_pools $json,
    hash TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires BIGINT,
    last_used BIGINT,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT uq_api_keys_name UNIQUE (name)
);

CREATE TABLE audit_log (
    sequence BIGINT NOT NULL,
    occurred BIGINT NOT NULL,
    principal TEXT NOT NULL,
    role TEXT NOT NULL,
    api_key_id $uuid,
    address TEXT NOT NULL,
    origin TEXT NOT NULL,
    action TEXT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    subject TEXT NOT NULL,
    said TEXT,
    hash TEXT NOT NULL,
    CONSTRAINT pk_audit_log PRIMARY KEY (sequence)
);

CREATE INDEX ix_audit_log_occurred ON audit_log (occurred);
CREATE INDEX ix_audit_log_principal_sequence ON audit_log (principal, sequence);
CREATE INDEX ix_audit_log_action_sequence ON audit_log (action, sequence);

CREATE TABLE audit_head (
    id BIGINT NOT NULL,
    sequence BIGINT DEFAULT 0 NOT NULL,
    hash TEXT NOT NULL,
    removed_sequence BIGINT DEFAULT 0 NOT NULL,
    removed_hash TEXT NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (id)
);

CREATE TABLE run_tokens (
    flow_run_id $uuid NOT NULL,
    created BIGINT NOT NULL,
    lease_id $uuid NOT NULL,
    hash TEXT NOT NULL,
    ends BIGINT,
    CONSTRAINT pk_run_tokens PRIMARY KEY (flow_run_id),
    CONSTRAINT fk_run_tokens_flow_run_id FOREIGN KEY(flow_run_id) REFERENCES flow_runs (id) ON DELETE CASCADE
);
