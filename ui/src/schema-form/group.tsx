import { ChevronRight, CircleAlert } from "lucide-react";
import { type ReactNode, useEffect, useId, useState } from "react";
import { cx } from "@/design/cx";
import { isList, isMap, type Json } from "@/lib/exact-json";
import type { Path } from "./edit";
import { FieldName, type FieldViewProps, markClass } from "./field";
import { useForm } from "./form-context";
import { ListBody } from "./groups/list";
import { MapBody } from "./groups/map";
import { ObjectBody } from "./groups/object";
import type { Node } from "./node";
import { type ProblemTree, shownAt, tell } from "./problems";
import { ruleText } from "./words";

export interface GroupFrameProps extends FieldViewProps {
  readonly id: string;
  readonly node: Node;
  readonly outer: Node;
  readonly actions: ReactNode;
  readonly isSet: boolean;
  readonly note: string | undefined;
}

const BODIES = { list: ListBody, map: MapBody, object: ObjectBody };

/** A place with fields inside. What is closed is not drawn: a model that holds itself has no end. */
export function Group(props: GroupFrameProps) {
  const { node, outer, name, path, value, inherited, origin, problems, required, actions, isSet, note, id } =
    props;
  const { shapes, thorough } = useForm();
  const [open, setOpen] = useOpen(props);
  const bodyId = useId();
  const Body = BODIES[node.kind as keyof typeof BODIES];
  const description = outer.description ?? node.description;
  const own = shownAt(
    problems,
    drawnSteps(
      node,
      value ?? inherited,
      shapes.properties(node).map(({ key }) => key),
    ),
  );
  const told = own.filter((each) => thorough || value !== undefined || each.rule !== "required");
  return (
    <fieldset
      id={id}
      className={markClass(isSet && path.length === 1)}
      aria-describedby={description ? `${bodyId}-help` : undefined}
    >
      <legend className="sr-only">{name}</legend>
      <div className="flex min-h-7 items-center gap-1">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={bodyId}
          onClick={() => setOpen(!open)}
          className="-ml-1 flex min-w-0 items-center gap-1 rounded-md py-0.5 pr-2 pl-0.5 text-left font-medium hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={cx("size-4 shrink-0 text-muted transition-transform", open && "rotate-90")}
          />
          <span className="min-w-0">
            <FieldName
              name={name}
              node={outer.kind === "union" ? { ...outer, title: undefined } : outer}
              rule=""
            />
            {required ? (
              <span aria-hidden className="text-danger">
                *
              </span>
            ) : null}{" "}
            <span className="ml-1 text-sm font-normal text-muted">
              {[ruleText(shapes, node, name), summary(node, value, inherited, origin)]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </span>
        </button>
        {problems && !open ? <Count count={problems.count} /> : null}
        <span className="ml-auto flex shrink-0 items-center">{actions}</span>
      </div>
      {description ? (
        <p id={`${bodyId}-help`} className="text-sm text-muted">
          {description}
        </p>
      ) : null}
      {note ? <p className="text-sm text-warning">{note}</p> : null}
      {told.map((problem) => (
        <p key={problem.path + problem.message} className="flex items-start gap-1 text-sm text-danger">
          <CircleAlert aria-hidden className="mt-0.75 size-3.5 shrink-0" />
          <span className="min-w-0 break-words">{tell(problem)}</span>
        </p>
      ))}
      <div id={bodyId} className={cx(open && "mt-2 flex flex-col gap-4 border-l border-line pl-3")}>
        {open ? (
          <Body
            node={node}
            path={path}
            value={value}
            inherited={inherited}
            origin={origin}
            problems={problems}
          />
        ) : null}
      </div>
    </fieldset>
  );
}

function Count({ count }: { count: number }) {
  return (
    <span className="inline-flex items-center gap-1 text-sm text-danger">
      <CircleAlert aria-hidden className="size-3.5" />
      {count === 1 ? "1 problem" : `${count} problems`}
    </span>
  );
}

/** The steps that have a field of their own. */
function drawnSteps(
  node: Node,
  value: Json | undefined,
  keys: readonly string[],
): ReadonlySet<string | number> {
  const inside: (string | number)[] = isMap(value)
    ? [...value.keys()]
    : isList(value)
      ? [...value.keys()]
      : [];
  return new Set([...(node.kind === "object" ? keys : []), ...inside]);
}

function summary(node: Node, value: Json | undefined, inherited: Json | undefined, origin: string): string {
  const shown = value ?? inherited;
  const whose = value === undefined && inherited !== undefined ? ` (${origin})` : "";
  if (isList(shown)) return `${shown.length === 1 ? "1 item" : `${shown.length} items`}${whose}`;
  if (!isMap(shown)) return inherited === null && value === undefined ? `(${origin}: None)` : "";
  if (node.kind === "map") return `${shown.size === 1 ? "1 key" : `${shown.size} keys`}${whose}`;
  return value === undefined ? whose.trim() : `${shown.size} set`;
}

const NESTED = 2;

/** Open is what somebody opened, what is set or wrong inside, and what has to be filled in. */
function useOpen({
  path,
  value,
  required,
  problems,
  node,
  inherited,
}: GroupFrameProps): [boolean, (open: boolean) => void] {
  const { wanted } = useForm();
  const [chosen, choose] = useState<boolean>();
  const isWanted = wanted !== undefined && startsWith(wanted.path, path);
  const request = isWanted ? wanted.count : 0;
  useEffect(() => {
    if (request) choose(true);
  }, [request]);
  const isFilled =
    value !== undefined || (node.kind !== "object" && inherited !== undefined && size(inherited) > 0);
  // There is nothing to see in an empty map but the way to its first key.
  const isRoom = node.kind === "map" && path.length === 1 && inherited !== null;
  const isNeeded = required && path.length <= NESTED;
  return [
    chosen ?? (isNeeded || isRoom || (isFilled && path.length <= NESTED) || wrongInside(problems, value)),
    choose,
  ];
}

const size = (value: Json): number => (isList(value) ? value.length : isMap(value) ? value.size : 0);
const startsWith = (path: Path, start: Path): boolean => start.every((step, index) => path[index] === step);
const wrongInside = (problems: ProblemTree | undefined, value: Json | undefined): boolean =>
  value !== undefined && (problems?.below.size ?? 0) > 0;
