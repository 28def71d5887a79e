-- The schema of the first release.

CREATE TABLE flows (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    tags $jsonb DEFAULT '[]' NOT NULL,
    labels $jsonb DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_flows PRIMARY KEY (id),
    CONSTRAINT uq_flows_name UNIQUE (name)
);

-- only postgresql
CREATE INDEX ix_flows_tags ON flows USING gin (tags);

CREATE TABLE logs (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    level BIGINT NOT NULL,
    name TEXT NOT NULL,
    message TEXT NOT NULL,
    flow_run_id $uuid,
    task_run_id $uuid,
    CONSTRAINT pk_logs PRIMARY KEY (id)
);

CREATE INDEX ix_logs_flow_run_id_timestamp ON logs (flow_run_id, timestamp);

CREATE INDEX ix_logs_task_run_id_timestamp ON logs (task_run_id, timestamp) WHERE task_run_id IS NOT NULL;

CREATE INDEX ix_logs_timestamp ON logs (timestamp);

CREATE TABLE variables (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    value $json,
    tags $jsonb DEFAULT '[]' NOT NULL,
    CONSTRAINT pk_variables PRIMARY KEY (id),
    CONSTRAINT uq_variables_name UNIQUE (name)
);

CREATE TABLE work_pools (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    type TEXT NOT NULL,
    base_job_template $json DEFAULT '{}' NOT NULL,
    template_version BIGINT DEFAULT 1 NOT NULL,
    undeclared TEXT DEFAULT 'warn' NOT NULL,
    is_paused BOOLEAN DEFAULT false NOT NULL,
    concurrency_limit BIGINT,
    default_queue_id $uuid,
    storage_configuration $json DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_work_pools PRIMARY KEY (id),
    CONSTRAINT uq_work_pools_name UNIQUE (name),
    CONSTRAINT ck_work_pools_concurrency_limit CHECK (concurrency_limit >= 0),
    CONSTRAINT ck_work_pools_undeclared CHECK (undeclared IN ('error', 'to-env', 'warn'))
);

CREATE TABLE work_queues (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    work_pool_id $uuid NOT NULL,
    name TEXT NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    is_paused BOOLEAN DEFAULT false NOT NULL,
    concurrency_limit BIGINT,
    priority BIGINT DEFAULT 1 NOT NULL,
    filter $json,
    last_polled BIGINT,
    CONSTRAINT pk_work_queues PRIMARY KEY (id),
    CONSTRAINT uq_work_queues_work_pool_id_name UNIQUE (work_pool_id, name),
    CONSTRAINT ck_work_queues_concurrency_limit CHECK (concurrency_limit >= 0),
    CONSTRAINT ck_work_queues_priority CHECK (priority >= 1),
    CONSTRAINT fk_work_queues_work_pool_id FOREIGN KEY (work_pool_id) REFERENCES work_pools (id) ON DELETE CASCADE
);

CREATE TABLE workers (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    work_pool_id $uuid NOT NULL,
    name TEXT NOT NULL,
    last_heartbeat_time BIGINT,
    heartbeat_interval_seconds BIGINT,
    CONSTRAINT pk_workers PRIMARY KEY (id),
    CONSTRAINT uq_workers_work_pool_id_name UNIQUE (work_pool_id, name),
    CONSTRAINT fk_workers_work_pool_id FOREIGN KEY (work_pool_id) REFERENCES work_pools (id) ON DELETE CASCADE
);

CREATE TABLE deployments (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    flow_id $uuid NOT NULL,
    name TEXT NOT NULL,
    version TEXT,
    description TEXT,
    paused BOOLEAN DEFAULT false NOT NULL,
    tags $jsonb DEFAULT '[]' NOT NULL,
    labels $jsonb DEFAULT '{}' NOT NULL,
    parameters $json DEFAULT '{}' NOT NULL,
    parameter_openapi_schema $json,
    enforce_parameter_schema BOOLEAN DEFAULT true NOT NULL,
    job_variables $json DEFAULT '{}' NOT NULL,
    work_queue_id $uuid,
    entrypoint TEXT,
    path TEXT,
    pull_steps $json,
    concurrency_limit BIGINT,
    concurrency_options $json,
    storage_document_id $uuid,
    infrastructure_document_id $uuid,
    version_info $json,
    created_by $json,
    updated_by $json,
    last_polled BIGINT,
    CONSTRAINT pk_deployments PRIMARY KEY (id),
    CONSTRAINT uq_deployments_flow_id_name UNIQUE (flow_id, name),
    CONSTRAINT ck_deployments_concurrency_limit CHECK (concurrency_limit >= 0),
    CONSTRAINT fk_deployments_flow_id FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE,
    CONSTRAINT fk_deployments_work_queue_id FOREIGN KEY (work_queue_id) REFERENCES work_queues (id) ON DELETE SET NULL
);

-- only postgresql
CREATE INDEX ix_deployments_tags ON deployments USING gin (tags);

CREATE INDEX ix_deployments_work_queue_id ON deployments (work_queue_id);

CREATE TABLE deployment_schedules (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    deployment_id $uuid NOT NULL,
    schedule $json DEFAULT '{}' NOT NULL,
    active BOOLEAN DEFAULT true NOT NULL,
    max_scheduled_runs BIGINT,
    parameters $json DEFAULT '{}' NOT NULL,
    slug TEXT,
    CONSTRAINT pk_deployment_schedules PRIMARY KEY (id),
    CONSTRAINT uq_deployment_schedules_deployment_id_slug UNIQUE (deployment_id, slug),
    CONSTRAINT fk_deployment_schedules_deployment_id FOREIGN KEY (deployment_id) REFERENCES deployments (id) ON DELETE CASCADE
);

CREATE TABLE flow_runs (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    flow_id $uuid NOT NULL,
    name TEXT NOT NULL,
    flow_version TEXT,
    deployment_id $uuid,
    deployment_version TEXT,
    work_queue_id $uuid,
    parent_task_run_id $uuid,
    parameters $json DEFAULT '{}' NOT NULL,
    context $json DEFAULT '{}' NOT NULL,
    empirical_policy $json DEFAULT '{}' NOT NULL,
    tags $jsonb DEFAULT '[]' NOT NULL,
    labels $jsonb DEFAULT '{}' NOT NULL,
    idempotency_key TEXT,
    job_variables $json,
    job_variables_origin TEXT,
    auto_scheduled BOOLEAN DEFAULT false NOT NULL,
    infrastructure_document_id $uuid,
    infrastructure_pid TEXT,
    created_by $json,
    state_id $uuid,
    state_type TEXT,
    state_name TEXT,
    state_timestamp BIGINT,
    state_sequence BIGINT DEFAULT 0 NOT NULL,
    run_count BIGINT DEFAULT 0 NOT NULL,
    expected_start_time BIGINT,
    next_scheduled_start_time BIGINT,
    start_time BIGINT,
    end_time BIGINT,
    total_run_time BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_flow_runs PRIMARY KEY (id),
    CONSTRAINT ck_flow_runs_state_type CHECK (state_type IN ('CANCELLED', 'CANCELLING', 'COMPLETED', 'CRASHED', 'FAILED', 'PAUSED', 'PENDING', 'RUNNING', 'SCHEDULED')),
    CONSTRAINT ck_flow_runs_state_whole CHECK ((state_sequence = 0) = (state_id IS NULL) AND (state_id IS NULL) = (state_type IS NULL) AND (state_id IS NULL) = (state_name IS NULL) AND (state_id IS NULL) = (state_timestamp IS NULL)),
    CONSTRAINT ck_flow_runs_ended CHECK (state_type NOT IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') OR end_time IS NOT NULL),
    CONSTRAINT uq_flow_runs_flow_id_idempotency_key UNIQUE (flow_id, idempotency_key),
    CONSTRAINT ck_flow_runs_due CHECK (state_type <> 'SCHEDULED' OR state_name = 'AwaitingRetry' OR next_scheduled_start_time IS NOT NULL),
    CONSTRAINT fk_flow_runs_flow_id FOREIGN KEY (flow_id) REFERENCES flows (id) ON DELETE CASCADE,
    CONSTRAINT fk_flow_runs_deployment_id FOREIGN KEY (deployment_id) REFERENCES deployments (id) ON DELETE SET NULL,
    CONSTRAINT fk_flow_runs_work_queue_id FOREIGN KEY (work_queue_id) REFERENCES work_queues (id) ON DELETE SET NULL
);

CREATE INDEX ix_flow_runs_deployment_id_expected_start_time ON flow_runs (deployment_id, expected_start_time);

CREATE INDEX ix_flow_runs_due ON flow_runs (work_queue_id, next_scheduled_start_time) WHERE state_type = 'SCHEDULED';

CREATE INDEX ix_flow_runs_end_time ON flow_runs (end_time);

CREATE INDEX ix_flow_runs_expected_start_time ON flow_runs (expected_start_time);

CREATE INDEX ix_flow_runs_flow_id_expected_start_time ON flow_runs (flow_id, expected_start_time);

CREATE INDEX ix_flow_runs_parent_task_run_id ON flow_runs (parent_task_run_id) WHERE parent_task_run_id IS NOT NULL;

CREATE INDEX ix_flow_runs_state_type_expected_start_time ON flow_runs (state_type, expected_start_time);

-- only postgresql
CREATE INDEX ix_flow_runs_tags ON flow_runs USING gin (tags);

CREATE TABLE flow_run_states (
    flow_run_id $uuid NOT NULL,
    sequence BIGINT NOT NULL,
    id $uuid NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    timestamp BIGINT NOT NULL,
    message TEXT,
    data $json,
    details $json,
    actor TEXT,
    CONSTRAINT pk_flow_run_states PRIMARY KEY (flow_run_id, sequence),
    CONSTRAINT uq_flow_run_states_id UNIQUE (id),
    CONSTRAINT ck_flow_run_states_type CHECK (type IN ('CANCELLED', 'CANCELLING', 'COMPLETED', 'CRASHED', 'FAILED', 'PAUSED', 'PENDING', 'RUNNING', 'SCHEDULED')),
    CONSTRAINT ck_flow_run_states_sequence CHECK (sequence > 0),
    CONSTRAINT fk_flow_run_states_flow_run_id FOREIGN KEY (flow_run_id) REFERENCES flow_runs (id) ON DELETE CASCADE
)$without_rowid;

CREATE TABLE job_specs (
    flow_run_id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    document $json DEFAULT '{}' NOT NULL,
    provenance $json DEFAULT '{}' NOT NULL,
    warnings $json DEFAULT '[]' NOT NULL,
    hash TEXT NOT NULL,
    work_pool_name TEXT NOT NULL,
    template_version BIGINT NOT NULL,
    launched $json,
    launched_at BIGINT,
    CONSTRAINT pk_job_specs PRIMARY KEY (flow_run_id),
    CONSTRAINT fk_job_specs_flow_run_id FOREIGN KEY (flow_run_id) REFERENCES flow_runs (id) ON DELETE CASCADE
);

CREATE TABLE leases (
    id $uuid NOT NULL,
    kind TEXT NOT NULL,
    flow_run_id $uuid NOT NULL,
    holder TEXT NOT NULL,
    acquired BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    work_queue_id $uuid,
    deployment_id $uuid,
    CONSTRAINT pk_leases PRIMARY KEY (id),
    CONSTRAINT ck_leases_kind CHECK (kind IN ('claim', 'run', 'slot')),
    CONSTRAINT ck_leases_expires CHECK (expires >= acquired),
    CONSTRAINT fk_leases_flow_run_id FOREIGN KEY (flow_run_id) REFERENCES flow_runs (id) ON DELETE CASCADE,
    CONSTRAINT fk_leases_work_queue_id FOREIGN KEY (work_queue_id) REFERENCES work_queues (id) ON DELETE SET NULL,
    CONSTRAINT fk_leases_deployment_id FOREIGN KEY (deployment_id) REFERENCES deployments (id) ON DELETE SET NULL
);

CREATE INDEX ix_leases_deployment_id ON leases (deployment_id);

CREATE INDEX ix_leases_expires ON leases (expires);

CREATE INDEX ix_leases_flow_run_id ON leases (flow_run_id);

CREATE INDEX ix_leases_work_queue_id ON leases (work_queue_id);

CREATE UNIQUE INDEX uq_leases_owner ON leases (flow_run_id) WHERE kind IN ('claim', 'run');

CREATE TABLE task_runs (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    flow_run_id $uuid,
    name TEXT NOT NULL,
    task_key TEXT NOT NULL,
    dynamic_key TEXT NOT NULL,
    cache_key TEXT,
    cache_expiration BIGINT,
    task_version TEXT,
    empirical_policy $json DEFAULT '{}' NOT NULL,
    tags $jsonb DEFAULT '[]' NOT NULL,
    labels $jsonb DEFAULT '{}' NOT NULL,
    task_inputs $json DEFAULT '{}' NOT NULL,
    flow_run_run_count BIGINT DEFAULT 0 NOT NULL,
    state_id $uuid,
    state_type TEXT,
    state_name TEXT,
    state_timestamp BIGINT,
    state_sequence BIGINT DEFAULT 0 NOT NULL,
    run_count BIGINT DEFAULT 0 NOT NULL,
    expected_start_time BIGINT,
    next_scheduled_start_time BIGINT,
    start_time BIGINT,
    end_time BIGINT,
    total_run_time BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_task_runs PRIMARY KEY (id),
    CONSTRAINT ck_task_runs_state_type CHECK (state_type IN ('CANCELLED', 'CANCELLING', 'COMPLETED', 'CRASHED', 'FAILED', 'PAUSED', 'PENDING', 'RUNNING', 'SCHEDULED')),
    CONSTRAINT ck_task_runs_state_whole CHECK ((state_sequence = 0) = (state_id IS NULL) AND (state_id IS NULL) = (state_type IS NULL) AND (state_id IS NULL) = (state_name IS NULL) AND (state_id IS NULL) = (state_timestamp IS NULL)),
    CONSTRAINT ck_task_runs_ended CHECK (state_type NOT IN ('CANCELLED', 'COMPLETED', 'CRASHED', 'FAILED') OR end_time IS NOT NULL),
    CONSTRAINT uq_task_runs_flow_run_id_task_key_dynamic_key UNIQUE (flow_run_id, task_key, dynamic_key),
    CONSTRAINT fk_task_runs_flow_run_id FOREIGN KEY (flow_run_id) REFERENCES flow_runs (id) ON DELETE CASCADE
);

CREATE INDEX ix_task_runs_expected_start_time ON task_runs (expected_start_time);

CREATE INDEX ix_task_runs_state_type_expected_start_time ON task_runs (state_type, expected_start_time);

CREATE TABLE task_run_states (
    task_run_id $uuid NOT NULL,
    sequence BIGINT NOT NULL,
    id $uuid NOT NULL,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    timestamp BIGINT NOT NULL,
    message TEXT,
    data $json,
    details $json,
    actor TEXT,
    CONSTRAINT pk_task_run_states PRIMARY KEY (task_run_id, sequence),
    CONSTRAINT uq_task_run_states_id UNIQUE (id),
    CONSTRAINT ck_task_run_states_type CHECK (type IN ('CANCELLED', 'CANCELLING', 'COMPLETED', 'CRASHED', 'FAILED', 'PAUSED', 'PENDING', 'RUNNING', 'SCHEDULED')),
    CONSTRAINT ck_task_run_states_sequence CHECK (sequence > 0),
    CONSTRAINT fk_task_run_states_task_run_id FOREIGN KEY (task_run_id) REFERENCES task_runs (id) ON DELETE CASCADE
)$without_rowid;
