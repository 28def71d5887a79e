-- Artifacts and their collections; saved searches; what the server keeps for itself.

CREATE TABLE artifacts (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    "key" TEXT,
    type TEXT,
    description TEXT,
    data $json,
    metadata_ $json,
    flow_run_id $uuid,
    task_run_id $uuid,
    CONSTRAINT pk_artifacts PRIMARY KEY (id)
);

CREATE INDEX ix_artifacts_created_id ON artifacts (created, id);

CREATE INDEX ix_artifacts_updated_id ON artifacts (updated, id);

CREATE INDEX ix_artifacts_type_id ON artifacts (type, id);

CREATE INDEX ix_artifacts_key_created ON artifacts ("key", created, id) WHERE "key" IS NOT NULL;

CREATE INDEX ix_artifacts_flow_run_id ON artifacts (flow_run_id, id) WHERE flow_run_id IS NOT NULL;

CREATE INDEX ix_artifacts_task_run_id ON artifacts (task_run_id, id) WHERE task_run_id IS NOT NULL;

CREATE TABLE artifact_collections (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    "key" TEXT NOT NULL,
    latest_id $uuid,
    CONSTRAINT pk_artifact_collections PRIMARY KEY (id),
    CONSTRAINT uq_artifact_collections_key UNIQUE ("key"),
    CONSTRAINT uq_artifact_collections_latest_id UNIQUE (latest_id),
    CONSTRAINT fk_artifact_collections_latest_id FOREIGN KEY(latest_id) REFERENCES artifacts (id) ON DELETE SET NULL
);

CREATE INDEX ix_artifact_collections_created_id ON artifact_collections (created, id);

CREATE INDEX ix_artifact_collections_updated_id ON artifact_collections (updated, id);

CREATE INDEX ix_artifact_collections_headless ON artifact_collections ("key") WHERE latest_id IS NULL;

CREATE TABLE server_values (
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    value $json DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_server_values PRIMARY KEY (name)
);

CREATE TABLE saved_searches (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    filters $json DEFAULT '[]' NOT NULL,
    CONSTRAINT pk_saved_searches PRIMARY KEY (id),
    CONSTRAINT uq_saved_searches_name UNIQUE (name)
);
