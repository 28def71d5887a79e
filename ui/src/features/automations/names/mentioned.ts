// What an automation speaks of, by ids. Pure.

export interface Mentioned {
  /** All of them, of whatever kind; triggers have ids too. */
  readonly ids: readonly string[];
  readonly queues: readonly string[];
  readonly automations: readonly string[];
  readonly blocks: readonly string[];
}

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

function found(text: string, before: string): string[] {
  const all = text.matchAll(new RegExp(`${before}(${UUID})`, "gi"));
  return [...new Set([...all].map(([, id = ""]) => id))];
}

/** Every id that an automation, or a part of one, speaks of; kinds are told by the field or the resource. */
export function mentioned(value: unknown): Mentioned {
  const text = JSON.stringify(value ?? null);
  const of = (field: string, resource: string) => found(text, `(?:"${field}":"|prefect\\.${resource}\\.)`);
  return {
    ids: found(text, ""),
    queues: of("work_queue_id", "work-queue"),
    automations: of("automation_id", "automation"),
    blocks: of("block_document_id", "block-document"),
  };
}
