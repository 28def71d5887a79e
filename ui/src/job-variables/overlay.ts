// What a layer says before the server has answered: leaves with one layer replaced by what is being edited. The
// server's own words are kept wherever the edit says the same.

import { at, isObject, type Json, type JsonObject, type Leaf, type MergeRule, same } from "./json";
import { type Column, rank } from "./layers";
import { joinPath } from "./paths";

type Said = Leaf["said"][number];

export interface Overlay {
  layer: string;
  variables: JsonObject;
  columns: readonly Column[];
  ruleOf: (variable: string) => MergeRule;
}

interface Word {
  path: string;
  variable: string;
  key: string | undefined;
  value: Json;
}

export function overlaid(leaves: readonly Leaf[], overlay: Overlay): Leaf[] {
  const words = new Map(wordsOf(overlay).map((word) => [word.path, word]));
  const known = leaves.flatMap((leaf) => {
    const word = words.get(leaf.path);
    words.delete(leaf.path);
    return resaid(leaf, word, overlay);
  });
  const added = [...words.values()].map(({ path, variable, key, value }) =>
    retold(
      {
        path,
        variable,
        ...(key === undefined ? {} : { key }),
        rule: overlay.ruleOf(variable),
        layer: "",
        said: [],
      },
      [{ layer: overlay.layer, value }],
    ),
  );
  return [...known, ...added];
}

function wordsOf({ variables, ruleOf }: Overlay): Word[] {
  return Object.entries(variables).flatMap(([variable, value]): Word[] => {
    if (ruleOf(variable) !== "keys") return [{ path: joinPath([variable]), variable, key: undefined, value }];
    if (!isObject(value)) {
      // Null for a whole map says nothing; anything else is an error, which the server tells.
      return value === null ? [] : [{ path: joinPath([variable]), variable, key: undefined, value }];
    }
    return Object.keys(value).map((key) => ({
      path: joinPath([variable, key]),
      variable,
      key,
      value: at(value, key) ?? null,
    }));
  });
}

function resaid(leaf: Leaf, word: Word | undefined, { layer, columns }: Overlay): Leaf[] {
  const before = leaf.said.find((said) => said.layer === layer);
  if (leaf.rule === "fixed" || (word ? before && same(before.value, word.value) : !before)) return [leaf];
  const others = leaf.said.filter((said) => said !== before);
  if (!word) return others.length ? [retold(leaf, others)] : [];
  const place = others.filter((said) => rank(said.layer, columns) < rank(layer, columns)).length;
  return [retold(leaf, others.toSpliced(place, 0, { layer, value: word.value }))];
}

function retold(leaf: Leaf, said: Said[]): Leaf {
  const { value: _, ...rest } = leaf;
  const last = said.at(-1);
  const told = { ...rest, said, layer: last?.layer ?? "" };
  if (leaf.rule === "keys" && last?.value === null) return told;
  const isAppended = leaf.rule === "append" && said.every((word) => Array.isArray(word.value));
  return { ...told, value: isAppended ? said.flatMap((word) => word.value) : last?.value };
}
