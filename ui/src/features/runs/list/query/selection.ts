import type { Schema } from "@/lib/api";
import {
  boundsOf,
  type ChoiceKey,
  type ChoiceTerm,
  isValueTerm,
  ORIGINS,
  type RunFilter,
  type ValueTerm,
} from "./filter";
import { STATE_CHOICES } from "./states";

export type RunSelection = Schema["FlowRunHistogramQuery"] extends infer Q
  ? Omit<Q, "start" | "end" | "slices">
  : never;
type RunCriteria = NonNullable<RunSelection["flow_runs"]>;
type StateCriteria = NonNullable<RunCriteria["state"]>;

/** The ids of names that the server can only find by id, "flow/name" of a deployment. */
export interface NamedIds {
  flows: Readonly<Record<string, readonly string[]>>;
  deployments: Readonly<Record<string, readonly string[]>>;
}
export const NO_IDS: NamedIds = { flows: {}, deployments: {} };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const isId = (value: string) => UUID.test(value);

function valuesOf(filter: RunFilter, key: ChoiceKey, negated: boolean): string[] {
  return termsOf(filter, key, negated).flatMap(({ values }) => values);
}

function termsOf(filter: RunFilter, key: ChoiceKey, negated: boolean): ChoiceTerm[] {
  return filter.terms.filter((term): term is ChoiceTerm => term.key === key && term.negated === negated);
}

/** The names that have to be looked up before the server can be asked. */
export function namesToFind(filter: RunFilter): { flows: string[]; deployments: string[] } {
  const flows = valuesOf(filter, "flow", false);
  const deployments = valuesOf(filter, "deployment", false);
  const isPlain = (values: string[]) => values.every((value) => !isId(value) && !value.includes("/"));
  return {
    flows: [...valuesOf(filter, "flow", true), ...(isPlain(flows) ? [] : flows)].filter(
      (value) => !isId(value),
    ),
    deployments: [
      ...valuesOf(filter, "deployment", true),
      ...(isPlain(deployments) ? [] : deployments),
    ].filter((value) => !isId(value)),
  };
}

/** What the server is asked for a filter. */
export function selectionOf(filter: RunFilter, ids: NamedIds, now: number): RunSelection {
  const search = filter.words.trim();
  const values = filter.terms.filter(isValueTerm);
  const origins = valuesOf(filter, "created", false).flatMap((value) => ORIGINS[value]?.sent ?? []);
  return defined({
    ...(search ? { search: search.slice(0, 200) } : {}),
    flow_runs: runsOf(filter, ids, now),
    flows: flowsOf(filter, ids),
    deployments: deploymentsOf(filter),
    work_pools: named(valuesOf(filter, "pool", false)),
    work_pool_queues: named(valuesOf(filter, "queue", false)),
    without: withoutOf(filter, ids),
    parameters: valuesAt(values, "param"),
    job_variables: valuesAt(values, "jv"),
    origins: origins.length > 0 ? origins : undefined,
  });
}

function named(values: string[]) {
  return values.length > 0 ? { name: { any_: values } } : undefined;
}

function idsOf(values: readonly string[], known: Readonly<Record<string, readonly string[]>>): string[] {
  return values.flatMap((value) => (isId(value) ? [value] : (known[value] ?? [])));
}

function runsOf(filter: RunFilter, ids: NamedIds, now: number): RunCriteria | undefined {
  const { from, to } = boundsOf(filter.window, now);
  const deployments = valuesOf(filter, "deployment", false);
  const needsIds = deployments.some((value) => isId(value) || value.includes("/"));
  return whole({
    expected_start_time: whole({
      after_: from === undefined ? undefined : new Date(from).toISOString(),
      before_: to === undefined ? undefined : new Date(to).toISOString(),
    }),
    state: statesOf(valuesOf(filter, "state", false)),
    tags: tagsOf(filter),
    deployment_id: needsIds ? { any_: idsOf(deployments, ids.deployments) } : undefined,
  });
}

/** Types and names are joined by "or"; where there are only names, their types lead to them by an index. */
function statesOf(values: string[]): StateCriteria | undefined {
  if (values.length === 0) return undefined;
  const choices = values.map(
    (value) => STATE_CHOICES.find((choice) => choice.value === value) ?? { name: value },
  );
  const isType = (choice: (typeof choices)[number]) => !("name" in choice && choice.name);
  const types = choices.flatMap((choice) => (isType(choice) && "type" in choice ? [choice.type] : []));
  const names = choices.flatMap((choice) => ("name" in choice && choice.name ? [choice.name] : []));
  const typesOfNames = choices.flatMap((choice) =>
    "type" in choice && !isType(choice) ? [choice.type] : [],
  );
  if (names.length === 0) return { type: { any_: types } } as StateCriteria;
  if (types.length > 0)
    return { operator: "or_", type: { any_: types }, name: { any_: names } } as StateCriteria;
  const allKnown = typesOfNames.length === names.length;
  return {
    name: { any_: names },
    ...(allKnown ? { type: { any_: [...new Set(typesOfNames)] } } : {}),
  } as StateCriteria;
}

function tagsOf(filter: RunFilter) {
  const terms = termsOf(filter, "tag", false);
  const all = terms.flatMap(({ values }) => (values.length === 1 ? values : []));
  const any = terms.flatMap(({ values }) => (values.length > 1 ? values : []));
  return whole({ all_: all.length > 0 ? all : undefined, any_: any.length > 0 ? any : undefined });
}

function flowsOf(filter: RunFilter, ids: NamedIds) {
  const wanted = valuesOf(filter, "flow", false);
  const left = idsOf(valuesOf(filter, "flow", true), ids.flows);
  const byId = wanted.some((value) => isId(value) || value.includes("/"));
  const not = left.length > 0 ? { not_any_: left } : {};
  if (wanted.length === 0) return left.length > 0 ? { id: not } : undefined;
  if (byId) return { id: { any_: idsOf(wanted, ids.flows), ...not } };
  return { name: { any_: wanted }, ...(left.length > 0 ? { id: not } : {}) };
}

function deploymentsOf(filter: RunFilter) {
  const wanted = valuesOf(filter, "deployment", false);
  const isPlain = wanted.every((value) => !isId(value) && !value.includes("/"));
  return isPlain ? named(wanted) : undefined;
}

/** Runs that any of these finds are left out. */
function withoutOf(filter: RunFilter, ids: NamedIds): RunCriteria | undefined {
  const tags = valuesOf(filter, "tag", true);
  const queues = valuesOf(filter, "queue", true);
  const deployments = idsOf(valuesOf(filter, "deployment", true), ids.deployments);
  const found = whole({
    state: statesOf(valuesOf(filter, "state", true)),
    tags: tags.length > 0 ? { any_: tags } : undefined,
    work_queue_name: queues.length > 0 ? { any_: queues } : undefined,
    deployment_id: deployments.length > 0 ? { any_: deployments } : undefined,
  });
  return found && ({ operator: "or_", ...found } as RunCriteria);
}

function valuesAt(terms: ValueTerm[], key: ValueTerm["key"]) {
  const found = terms
    .filter((term) => term.key === key)
    .map(({ path, value, negated }) => ({
      path: [...path],
      ...(value === undefined ? {} : { is_: value }),
      ...(negated ? { exists: false } : {}),
    }));
  return found.length > 0 ? found : undefined;
}

type Whole<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined. */
function defined<T extends object>(parts: T): Whole<T> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Whole<T>;
}

function whole<T extends object>(parts: T): Whole<T> | undefined {
  const found = defined(parts);
  return Object.keys(found).length > 0 ? found : undefined;
}
