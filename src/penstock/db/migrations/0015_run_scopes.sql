-- What the token of a run may write that is nobody's own.

ALTER TABLE run_tokens ADD COLUMN scopes $json DEFAULT '[]' NOT NULL;
