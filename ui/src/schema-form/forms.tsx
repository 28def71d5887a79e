import { ChevronDown } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { isNumber, type Json, numberOf, numberText } from "@/lib/exact-json";
import { branchBlank, type Path } from "./edit";
import { branchOf, fits } from "./fits";
import { useForm } from "./form-context";
import { useLiteralForms } from "./literal-forms";
import type { Node, Shapes } from "./node";
import { formNames } from "./words";

export interface Forms {
  /** The form that is chosen. */
  readonly node: Node;
  readonly names: readonly string[];
  readonly index: number;
  readonly current: string;
  readonly choose: (index: number) => void;
  /** Whether the picker had the focus when it was drawn elsewhere: forms look different. */
  readonly hadFocus: RefObject<boolean>;
  /** Where anything may be: what was typed as text, in place of JSON. */
  readonly asText?: (() => void) | undefined;
  /** What the text that was typed could be as well. */
  readonly offer?: { readonly name: string; readonly take: () => void } | undefined;
}

/** The forms of a union, those of unions inside it among them. */
function flat(shapes: Shapes, node: Node): readonly Json[] {
  return node.branches.flatMap((branch) => {
    const inner = shapes.node(branch);
    return inner.kind === "union" && inner.branches.length > 1 && !inner.schema.has("discriminator")
      ? flat(shapes, inner)
      : [branch];
  });
}

const flattened = new WeakMap<Node, Node>();

function flatNode(shapes: Shapes, node: Node): Node {
  let known = flattened.get(node);
  if (!known) {
    known = { ...node, branches: flat(shapes, node) };
    flattened.set(node, known);
  }
  return known;
}

/**
 * Which form of a union a place has. The value decides; where it fits several, the first of them or the one that was
 * chosen. What another form held is there again when that form is chosen again.
 */
export function useForms(
  outer: Node,
  path: Path,
  value: Json | undefined,
  inherited: Json | undefined,
): Forms {
  const { shapes, edit } = useForm();
  const [picked, setPicked] = useState<number>();
  const held = useRef(new Map<number, Json>());
  const hadFocus = useRef(false);
  const literal = useLiteralForms(outer, path, value, inherited);
  if (literal) return literal;
  if (outer.kind !== "union")
    return { node: outer, names: [], index: 0, current: "", choose: () => {}, hadFocus };
  const union = flatNode(shapes, outer);
  const isPossible = (index: number | undefined): index is number => {
    const branch = index === undefined ? undefined : union.branches[index];
    return branch !== undefined && (value === undefined || fits(shapes, branch, value));
  };
  const index = isPossible(picked) ? picked : formOfValue(shapes, union, value, inherited);
  const names = formNames(shapes, union.branches);
  const choose = (next: number) => {
    if (next === index) return;
    hadFocus.current = true;
    if (value !== undefined) held.current.set(index, value);
    setPicked(next);
    const branch = union.branches[next];
    if (branch === undefined || (value !== undefined && fits(shapes, branch, value))) return;
    edit(path, held.current.get(next) ?? carried(shapes, union, branch, value));
  };
  const branch = union.branches[index];
  // A union in a union that has a discriminator is chosen by its own picker, further in.
  const node = shapes.node(branch ?? true);
  return {
    node:
      node.kind === "union"
        ? shapes.node(node.branches[branchOf(shapes, node, value ?? null) ?? 0] ?? true)
        : node,
    names,
    index,
    current: names[index] ?? "",
    choose,
    hadFocus,
  };
}

function formOfValue(
  shapes: Shapes,
  union: Node,
  value: Json | undefined,
  inherited: Json | undefined,
): number {
  if (value !== undefined) return branchOf(shapes, union, value) ?? 0;
  const given =
    inherited === undefined || inherited === null ? undefined : branchOf(shapes, union, inherited);
  const something = union.branches.findIndex((branch) => shapes.node(branch).kind !== "null");
  return given ?? Math.max(something, 0);
}

/** What the other form begins with: what was there, where that can be; else nothing. */
function carried(shapes: Shapes, union: Node, branch: Json, value: Json | undefined): Json | undefined {
  const { kind } = shapes.node(branch);
  if (kind === "integer" || kind === "number")
    return typeof value === "string" ? numberOf(value.trim()) : undefined;
  if (kind === "text") return isNumber(value) ? numberText(value) : "";
  if (["object", "map", "list", "null", "boolean", "choice"].includes(kind))
    return branchBlank(shapes, union, branch);
  return kind === "any" ? value : undefined;
}

export function FormPicker({ forms, name }: { forms: Forms; name: string }) {
  const picker = useRef<HTMLSelectElement>(null);
  const { hadFocus, index } = forms;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another form is what the picker is drawn again for
  useEffect(() => {
    if (hadFocus.current) picker.current?.focus();
    hadFocus.current = false;
  }, [hadFocus, index]);
  return (
    <span className="relative inline-flex items-center">
      <select
        ref={picker}
        aria-label={`Kind of ${name}`}
        value={forms.index}
        onChange={(event) => forms.choose(Number(event.target.value))}
        className="h-6 max-w-44 max-sm:field-sizing-content cursor-pointer appearance-none truncate rounded-md bg-transparent pr-6 pl-1.5 text-sm text-muted hover:bg-hover hover:text-text"
      >
        {forms.names.map((each, index) => (
          <option key={each} value={index} className="bg-raised text-text">
            {each}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute right-1.5 size-3.5 text-muted" />
    </span>
  );
}
