import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/design/button";
import { Card } from "@/design/card";
import { ErrorState } from "@/design/error-state";
import { LinkButton } from "@/design/link";
import { SkeletonLines } from "@/design/skeleton";
import { toast } from "@/design/toast";
import { EMPTY_MAP, isMap, type JsonMap } from "@/lib/exact-json";
import { useKeys } from "@/lib/keys";
import { unreadable } from "@/schema-form/form-state";
import { createPool, type ExactPool, type PoolType, poolQuery, poolTypesQuery } from "../queries";
import { Basics } from "./basics";
import { Defaults } from "./defaults";
import { type Faults, faultsOf, fieldsOf, NEW_POOL, OTHER, type PoolDraft, placedFaults } from "./draft";

export interface NewPoolProps {
  /** The pool whose template and settings it begins with. */
  from?: string | undefined;
  onCreated: (name: string) => void;
}

/** The form for a new pool: what it is, and the defaults that its runs get. */
export function NewPool({ from, onCreated }: NewPoolProps) {
  const types = useQuery(poolTypesQuery);
  const source = useQuery({ ...poolQuery(from ?? ""), enabled: Boolean(from) });
  const failed = types.error ?? (from ? source.error : null);
  if (failed) {
    return (
      <ErrorState
        title={from ? `${from} could not be read.` : "The types of pools could not be loaded."}
        error={failed}
        onRetry={() => (types.error ? types.refetch() : source.refetch())}
      />
    );
  }
  if (!types.data || (from && !source.data))
    return <SkeletonLines lines={10} label="Loading types of pools" />;
  return <PoolForm key={from} types={types.data} source={source.data} onCreated={onCreated} />;
}

interface PoolFormProps {
  types: readonly PoolType[];
  source: ExactPool | undefined;
  onCreated: (name: string) => void;
}

function PoolForm({ types, source, onCreated }: PoolFormProps) {
  const [draft, setDraft] = useState(() => startOf(types, source));
  const [tried, setTried] = useState(0);
  const client = useQueryClient();
  const template = templateOf(draft, types, source);
  const save = useMutation({
    mutationFn: () => createPool(fieldsOf(draft, template)),
    onSuccess: async ({ name }) => {
      await client.invalidateQueries({ queryKey: ["work_pools"] });
      toast({ title: `Created the work pool ${name}`, tone: "success" });
      onCreated(name);
    },
  });
  const isOther = draft.type === OTHER;
  const refused = placedFaults(save.error, isOther);
  const faults: Faults = { defaults: [], other: false, ...refused, ...(tried ? faultsOf(draft) : {}) };
  const isUnreadable = unreadable(draft.defaults).length > 0;
  const submit = () => {
    setTried((before) => before + 1);
    if (Object.keys(faultsOf(draft)).length === 0 && !isUnreadable) save.mutate();
    else requestAnimationFrame(focusFirstFault);
  };
  useKeys("New work pool", [{ keys: "mod+Enter", label: "Create", run: submit }]);
  const change = (part: Partial<PoolDraft>) => {
    setDraft((before) => ({ ...before, ...part }));
    if (save.error) save.reset();
  };
  return (
    <form
      noValidate
      className="flex max-w-4xl flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Basics draft={draft} types={types} faults={faults} onChange={change} duplicateOf={source?.pool.name} />
      {isOther ? null : (
        <Defaults
          key={draft.type}
          template={template}
          state={draft.defaults}
          onChange={(edit) => {
            setDraft((before) => ({ ...before, defaults: edit(before.defaults) }));
            if (save.error) save.reset();
          }}
          problems={faults.defaults}
          thorough={tried > 0}
        />
      )}
      {save.error && faults.other ? (
        <Card>
          <ErrorState compact error={save.error} title="The pool was not created." />
        </Card>
      ) : null}
      <div className="sticky bottom-0 z-10 -mx-1 flex items-center gap-2 border-t border-line bg-bg px-1 py-3">
        <Button kind="primary" type="submit" busy={save.isPending}>
          Create work pool
        </Button>
        <LinkButton kind="ghost" to="/work-pools">
          Cancel
        </LinkButton>
        {faults.defaults.length ? (
          <p role="alert" className="text-sm text-danger">
            The server refuses the defaults; what is wrong stands at its field.
          </p>
        ) : null}
      </div>
    </form>
  );
}

function startOf(types: readonly PoolType[], source: ExactPool | undefined): PoolDraft {
  if (!source) return { ...NEW_POOL, type: types[0]?.type ?? OTHER };
  const { type, name, description, concurrency_limit } = source.pool;
  return {
    ...NEW_POOL,
    type,
    name: `${name}-copy`,
    description: description ?? "",
    limit: concurrency_limit,
  };
}

function templateOf(draft: PoolDraft, types: readonly PoolType[], source: ExactPool | undefined): JsonMap {
  if (source && draft.type === source.pool.type) return source.template;
  const template = types.find(({ type }) => type === draft.type)?.template;
  return isMap(template) ? template : EMPTY_MAP;
}

function focusFirstFault(): void {
  document.querySelector<HTMLElement>("form [aria-invalid=true]")?.focus();
}
