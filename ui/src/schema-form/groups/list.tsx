import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button, IconButton } from "@/design/button";
import { isList, type Json, sameJson } from "@/lib/exact-json";
import { blank, moved, stepTo } from "../edit";
import { FieldView } from "../field";
import type { GroupProps } from "../field-props";
import { focusFirst } from "../focus";
import { useForm } from "../form-context";
import { listAt } from "../node";
import { useIds } from "./ids";

const SHOWN = 100;

/** Items in their order. Alt with an arrow key moves the one that has the focus, as its buttons do. */
export function ListBody({ node, path, value, inherited, origin, problems }: GroupProps) {
  const { shapes, edit } = useForm();
  const own = isList(value) ? value : undefined;
  const items = own ?? (isList(inherited) ? inherited : []);
  const ids = useIds(items.length);
  const [all, setAll] = useState(false);
  const [said, say] = useState("");
  const box = useRef<HTMLOListElement>(null);
  const focus = useFocus(box);
  const fixed = listAt(node.schema, "prefixItems").length;
  const limits = {
    least: numberAt(node, "minItems") ?? 0,
    most: numberAt(node, "maxItems") ?? Number.POSITIVE_INFINITY,
  };
  const move = (from: number, to: number) => {
    if (from < fixed || to < fixed || to >= items.length) return;
    ids.move(from, to);
    edit(path, moved(items, from, to));
    say(`Moved to place ${to + 1} of ${items.length}`);
    focus(to);
  };
  const add = () => {
    const part = shapes.item(node, items.length);
    ids.add();
    edit(path, [...items, shapes.node(part).default ?? blank(shapes, part)]);
    say(`Item ${items.length + 1} added`);
    focus(items.length);
  };
  const remove = (index: number) => {
    ids.remove(index);
    edit(
      path,
      items.filter((_, other) => other !== index),
    );
    say(`Item ${index + 1} removed`);
    focus(Math.min(index, items.length - 2));
  };
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || !step) return;
    event.preventDefault();
    event.stopPropagation();
    move(index, index + step);
  };
  const isUnique = node.schema.get("uniqueItems") === true;
  const twice = isUnique ? firstTwice(items) : undefined;
  return (
    <>
      {items.length === 0 ? <p className="text-muted">It is empty.</p> : null}
      <ol ref={box} className="flex flex-col gap-2">
        {items.slice(0, all ? undefined : SHOWN).map((item, index) => (
          <li
            key={ids.list[index]}
            className="flex items-start gap-1"
            onKeyDown={(event) => onKeyDown(event, index)}
          >
            <span aria-hidden className="w-6 shrink-0 pt-1.5 text-right text-sm text-muted tabular-nums">
              {index}
            </span>
            <div className="min-w-0 grow">
              <FieldView
                name={`Item ${index}`}
                hideName
                fixed
                part={shapes.item(node, index)}
                path={stepTo(path, index)}
                value={own === undefined ? undefined : item}
                inherited={own === undefined ? item : undefined}
                origin={origin}
                problems={problems?.below.get(index)}
                required={false}
              />
              {twice === index ? <p className="pl-3 text-sm text-warning">It is there already.</p> : null}
            </div>
            {index < fixed ? null : (
              <span className="flex shrink-0">
                <IconButton
                  icon={ArrowUp}
                  size="small"
                  label={`Move item ${index} up`}
                  disabled={index <= fixed}
                  onClick={() => move(index, index - 1)}
                />
                <IconButton
                  icon={ArrowDown}
                  size="small"
                  label={`Move item ${index} down`}
                  disabled={index === items.length - 1}
                  onClick={() => move(index, index + 1)}
                />
                <IconButton
                  icon={X}
                  size="small"
                  label={`Remove item ${index}`}
                  disabled={items.length <= limits.least}
                  onClick={() => remove(index)}
                />
              </span>
            )}
          </li>
        ))}
      </ol>
      {items.length > SHOWN && !all ? (
        <Button size="small" className="w-fit" onClick={() => setAll(true)}>
          Show all {items.length} items
        </Button>
      ) : null}
      {items.length < limits.most ? (
        <Button size="small" icon={Plus} className="w-fit" onClick={add}>
          Add item
        </Button>
      ) : null}
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  );
}

function numberAt(node: GroupProps["node"], key: string): number | undefined {
  const value = node.schema.get(key);
  return typeof value === "number" ? value : undefined;
}

function firstTwice(items: readonly Json[]): number | undefined {
  const found = items.findIndex((item, index) =>
    items.slice(0, index).some((other) => sameJson(other, item)),
  );
  return found < 0 ? undefined : found;
}

/** Focuses the first control of an item, after it is drawn at its place. */
function useFocus(box: React.RefObject<HTMLElement | null>): (index: number) => void {
  const wanted = useRef<number>(undefined);
  useEffect(() => {
    const index = wanted.current;
    wanted.current = undefined;
    if (index === undefined) return;
    const item = box.current?.children[index];
    if (item) focusFirst(item);
  });
  return (index) => {
    wanted.current = index;
  };
}
