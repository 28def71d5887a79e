import { X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button, IconButton } from "@/design/button";
import { TextField } from "@/design/text-field";
import { EMPTY_MAP, isMap, type Json } from "@/lib/exact-json";
import { blank, renamed, stepTo } from "../edit";
import { FieldView } from "../field";
import type { GroupProps } from "../field-props";
import { useForm } from "../form-context";
import { useIds } from "./ids";
import { NewKey } from "./new-key";

/** Keys and values. A key keeps its place when it gets another name. */
export function MapBody({ node, path, value, inherited, origin, problems }: GroupProps) {
  const { shapes, edit } = useForm();
  const map = isMap(value) ? value : undefined;
  const shown = map ?? (isMap(inherited) ? inherited : EMPTY_MAP);
  const ids = useIds(shown.size);
  const keys = shapes.keys(node);
  const free = keys?.filter((key) => !shown.has(key));
  const add = (key: string) => {
    ids.add();
    edit(path, new Map([...shown, [key, newValue(key)]]));
  };
  const remove = (key: string, index: number) => {
    ids.remove(index);
    edit(path, new Map([...shown].filter(([other]) => other !== key)));
  };
  const newValue = (key: string): Json => {
    const part = shapes.extra(node, key) ?? true;
    return shapes.node(part).default ?? blank(shapes, part);
  };
  return (
    <>
      {shown.size === 0 ? <p className="text-muted">It is empty.</p> : null}
      {[...shown].map(([key, item], index) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: Enter in its fields leads to the next one
        <div
          key={ids.list[index]}
          data-entry
          onKeyDown={onEnter}
          className="flex flex-wrap items-start gap-x-2 gap-y-1 sm:flex-nowrap"
        >
          <KeyName name={key} taken={shown} onRename={(next) => edit(path, renamed(shown, key, next))} />
          <div className="min-w-0 flex-1">
            <FieldView
              name={key}
              hideName
              fixed
              part={shapes.extra(node, key) ?? true}
              path={stepTo(path, key)}
              value={map === undefined ? undefined : item}
              inherited={map === undefined ? item : undefined}
              origin={origin}
              problems={problems?.below.get(key)}
              required={false}
            />
          </div>
          <IconButton icon={X} size="small" label={`Remove ${key}`} onClick={() => remove(key, index)} />
        </div>
      ))}
      {free ? (
        <div className="flex flex-wrap gap-2">
          {free.map((key) => (
            <Button key={key} size="small" onClick={() => add(key)}>
              Add {key}
            </Button>
          ))}
        </div>
      ) : (
        <NewKey path={path} taken={new Set(shown.keys())} onAdd={add} />
      )}
    </>
  );
}

/** From the key to its value, from there to the next key; a form would be sent otherwise. */
function onEnter(event: KeyboardEvent<HTMLElement>): void {
  const { target, currentTarget: entry } = event;
  const isPlain = event.key === "Enter" && !event.metaKey && !event.ctrlKey && !event.altKey;
  if (!isPlain || event.defaultPrevented || !(target instanceof HTMLInputElement)) return;
  // A value may have fields of its own.
  const group = entry.closest("fieldset");
  if (target.closest("fieldset") !== group) return;
  const [key, value] = entry.querySelectorAll<HTMLElement>("input, textarea, select, [role=combobox]");
  const next = target === key ? value : group?.querySelector<HTMLElement>(":scope [data-new-key]");
  if (!next) return;
  event.preventDefault();
  next.focus();
}

interface KeyNameProps {
  name: string;
  taken: ReadonlyMap<string, Json>;
  onRename: (name: string) => void;
}

/** A key that another entry has already waits until it is another one: both entries stay. */
function KeyName({ name, taken, onRename }: KeyNameProps) {
  const [typed, setTyped] = useState(name);
  const before = useRef(name);
  useEffect(() => {
    if (before.current !== name) setTyped(name);
    before.current = name;
  }, [name]);
  const isTaken = typed !== name && taken.has(typed);
  return (
    <span className="w-full shrink-0 sm:w-48">
      <TextField
        mono
        aria-label={`Key ${name}`}
        value={typed}
        autoComplete="off"
        aria-invalid={isTaken || undefined}
        onChange={(next) => {
          setTyped(next);
          if (next === name || taken.has(next)) return;
          before.current = next;
          onRename(next);
        }}
        onBlur={() => setTyped(name)}
      />
      {isTaken ? <p className="text-sm text-danger">“{typed}” is there already.</p> : null}
    </span>
  );
}
