import { useCallback, useMemo, useState } from "react";
import { EMPTY_MAP, isMap, type Json, type JsonMap } from "@/lib/exact-json";
import { type Inherited, type Path, pathKey, valueAt } from "@/schema-form/edit";
import { type FormState, NO_TEXTS } from "@/schema-form/form-state";
import { parsePath } from "@/schema-form/problems";
import { FormSwitch, SchemaForm } from "@/schema-form/schema-form";
import { edited, withTexts } from "../draft";
import { below, spelled } from "../problems";
import { useBuilder } from "./context";

interface PartFormProps {
  /** Where in the automation. Must stay the same object. */
  path: Path;
  schema: Json;
  /** Fields that have a place of their own, and are left as they are. */
  hidden?: readonly string[] | undefined;
  inherited?: Inherited | undefined;
  origin?: string | undefined;
  /** It is left out when nothing of it is set. */
  optional?: boolean | undefined;
  /** Offers the part as JSON. */
  switchable?: boolean | undefined;
}

const NONE: readonly string[] = [];

/** The form of one part of the automation, made from its schema. */
export function PartForm({
  path,
  schema,
  hidden = NONE,
  inherited,
  origin,
  optional,
  switchable,
}: PartFormProps) {
  const { draft, update, problems, thorough } = useBuilder();
  const [asJson, setAsJson] = useState(false);
  const part = valueAt(draft.value, path);
  const texts = draft.texts.get(pathKey(path)) ?? NO_TEXTS;
  const state: FormState = useMemo(() => ({ value: shown(part, hidden), texts }), [part, hidden, texts]);
  // What has a place of its own tells of its problems there.
  const own = useMemo(
    () => below(problems, spelled(path)).filter((each) => !hidden.includes(String(parsePath(each.path)[0]))),
    [problems, path, hidden],
  );
  const onChange = useCallback(
    (change: (state: FormState) => FormState) =>
      update((before) => {
        const now = valueAt(before.value, path);
        const kept = isMap(now) ? [...now].filter(([key]) => hidden.includes(key)) : [];
        const after = change({
          value: shown(now, hidden),
          texts: before.texts.get(pathKey(path)) ?? NO_TEXTS,
        });
        const next =
          optional && !kept.length && !after.value.size ? undefined : new Map([...kept, ...after.value]);
        return withTexts(edited(before, path, next), path, after.texts);
      }),
    [update, path, hidden, optional],
  );
  return (
    <div className="flex min-w-0 flex-col gap-2">
      {switchable ? (
        <div className="flex justify-end">
          <FormSwitch asJson={asJson} onChange={setAsJson} />
        </div>
      ) : null}
      <SchemaForm
        schema={schema}
        state={state}
        onChange={onChange}
        inherited={inherited}
        origin={origin}
        problems={own}
        thorough={thorough}
        asJson={asJson}
        onAsJson={setAsJson}
      />
    </div>
  );
}

const shown = (part: Json | undefined, hidden: readonly string[]): JsonMap =>
  isMap(part) ? new Map([...part].filter(([key]) => !hidden.includes(key))) : EMPTY_MAP;
