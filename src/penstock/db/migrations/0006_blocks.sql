-- Blocks: their types, the schemas of these, and documents.

CREATE TABLE block_types (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    logo_url TEXT,
    documentation_url TEXT,
    description TEXT,
    code_example TEXT,
    is_protected BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_block_types PRIMARY KEY (id),
    CONSTRAINT uq_block_types_slug UNIQUE (slug)
);

CREATE TABLE block_schemas (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    checksum TEXT NOT NULL,
    fields $json DEFAULT '{}' NOT NULL,
    capabilities $jsonb DEFAULT '[]' NOT NULL,
    version TEXT NOT NULL,
    block_type_id $uuid NOT NULL,
    CONSTRAINT pk_block_schemas PRIMARY KEY (id),
    CONSTRAINT uq_block_schemas_checksum_version UNIQUE (checksum, version),
    CONSTRAINT fk_block_schemas_block_type_id FOREIGN KEY(block_type_id) REFERENCES block_types (id) ON DELETE CASCADE
);

CREATE INDEX ix_block_schemas_block_type_id ON block_schemas (block_type_id);

CREATE TABLE block_documents (
    id $uuid NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    name TEXT NOT NULL,
    data $json DEFAULT '{}' NOT NULL,
    secret_paths $json DEFAULT '[]' NOT NULL,
    sealed TEXT,
    key_id TEXT,
    is_anonymous BOOLEAN DEFAULT false NOT NULL,
    block_type_id $uuid NOT NULL,
    block_schema_id $uuid NOT NULL,
    CONSTRAINT pk_block_documents PRIMARY KEY (id),
    CONSTRAINT uq_block_documents_block_type_id_name UNIQUE (block_type_id, name),
    CONSTRAINT ck_block_documents_sealed CHECK ((sealed IS NULL) = (key_id IS NULL)),
    CONSTRAINT fk_block_documents_block_type_id FOREIGN KEY(block_type_id) REFERENCES block_types (id) ON DELETE CASCADE,
    CONSTRAINT fk_block_documents_block_schema_id FOREIGN KEY(block_schema_id) REFERENCES block_schemas (id) ON DELETE CASCADE
);

CREATE INDEX ix_block_documents_block_schema_id ON block_documents (block_schema_id);
