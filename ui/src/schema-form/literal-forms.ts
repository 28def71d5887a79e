// The forms of a place where anything may be: text is text there, and JSON is one of several ways to write a value.
import { use, useReducer, useRef } from "react";
import type { Json } from "@/lib/exact-json";
import { LITERAL_KINDS, type LiteralKind, literalAs, literalKindOf, readsAs } from "@/lib/literals";
import { type Path, pathKey } from "./edit";
import { TextsContext, useForm } from "./form-context";
import type { Forms } from "./forms";
import type { Kind, Node } from "./node";

const NAMES: Readonly<Record<LiteralKind, string>> = {
  text: "text",
  number: "number",
  boolean: "true or false",
  json: "JSON",
};
const OFFERS: Readonly<Record<LiteralKind, string>> = { ...NAMES, number: "a number" };
const NODE_KINDS: Readonly<Record<LiteralKind, Kind>> = {
  text: "text",
  number: "number",
  boolean: "boolean",
  json: "any",
};
const FORM_NAMES = LITERAL_KINDS.map((kind) => NAMES[kind]);

const nodes = new WeakMap<Node, Map<LiteralKind, Node>>();

function nodeAs(outer: Node, kind: LiteralKind): Node {
  const known = nodes.get(outer) ?? new Map<LiteralKind, Node>();
  nodes.set(outer, known);
  const node = known.get(kind) ?? { ...outer, kind: NODE_KINDS[kind] };
  known.set(kind, node);
  return node;
}

/** Whether the control of a kind can show the value; a number on its way to be one is text. */
function shows(kind: LiteralKind, value: Json | undefined): boolean {
  if (value === undefined || kind === "json") return true;
  const own = literalKindOf(value);
  return own === kind || (kind === "number" && own === "text");
}

/** What is chosen stays while the value can be shown so: a field that is typed into does not become another. */
export function useLiteralForms(
  outer: Node,
  path: Path,
  value: Json | undefined,
  inherited: Json | undefined,
): Forms | undefined {
  const { edit } = useForm();
  const chosen = useRef<LiteralKind>(undefined);
  const hadFocus = useRef(false);
  const first = useRef(value);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  if (outer.kind !== "any") return undefined;
  const typed = use(TextsContext).get(pathKey(path));
  const shown = value ?? inherited;
  const kind =
    typed !== undefined
      ? "json"
      : chosen.current !== undefined && shows(chosen.current, value)
        ? chosen.current
        : shown === undefined
          ? "json"
          : literalKindOf(shown);
  chosen.current = kind;
  const become = (next: LiteralKind) => {
    if (next === kind) return;
    hadFocus.current = true;
    chosen.current = next;
    const before = typed ?? value;
    if (before !== undefined) edit(path, literalAs(next, before));
    // The value may be the same in the other kind.
    redraw();
  };
  const index = LITERAL_KINDS.indexOf(kind);
  const better = kind === "text" && typeof value === "string" && value !== first.current && readsAs(value);
  return {
    node: nodeAs(outer, kind),
    names: FORM_NAMES,
    index,
    current: NAMES[kind],
    choose: (next) => become(LITERAL_KINDS[next] ?? "json"),
    hadFocus,
    asText: () => become("text"),
    offer: better ? { name: OFFERS[better], take: () => become(better) } : undefined,
  };
}
