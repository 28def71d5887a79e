import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Combobox } from "@/design/combobox";
import { Segmented } from "@/design/segmented";
import { DEPLOYMENT_COLUMN, POOL_COLUMN } from "@/job-variables/layers";
import { EffectiveJob } from "@/job-variables/panel/effective-job";
import { ResolutionTable } from "@/job-variables/resolution-table";
import { EMPTY_MAP, type JsonMap } from "@/lib/exact-json";
import { type Search, textOf } from "@/lib/search";
import { useDebounced } from "@/lib/use-debounced";
import { deploymentLayerQuery, poolDeploymentsQuery, previewQuery } from "../queries";
import { declarationOf, definitionsOf } from "./cell-model";
import { undeclaredOf, variablesOf } from "./variables";

export interface PreviewProps {
  pool: string;
  poolType: string;
  template: JsonMap;
  base: JsonMap;
  isEdited: boolean;
  onShowRow: (path: string) => void;
}

const NONE = "none";
const COLUMNS = [POOL_COLUMN, DEPLOYMENT_COLUMN];
const VIEWS = [
  { value: "job", label: "Job" },
  { value: "levels", label: "Levels" },
] as const;

/** What the template makes of a deployment: live, before it is saved. */
export function Preview({ pool, poolType, template, base, isEdited, onShowRow }: PreviewProps) {
  const [view, setView] = useState<"job" | "levels">("job");
  const { sample, chooser } = useSample(pool);
  const asked = useDebounced(template, 80);
  const layer = useQuery(deploymentLayerQuery(sample));
  const own = sample ? layer.data : EMPTY_MAP;
  const { data, error, isFetching } = useQuery({
    ...previewQuery(pool, asked, own ?? EMPTY_MAP),
    enabled: own !== undefined,
  });
  const before = useQuery({
    ...previewQuery(pool, base, own ?? EMPTY_MAP),
    enabled: own !== undefined && isEdited,
  });
  const declarations = useMemo(() => variablesOf(asked).map(declarationOf), [asked]);
  const baselines = useMemo(
    () => (isEdited && before.data ? [{ id: "saved", label: "As it is saved", job: before.data.job }] : []),
    [isEdited, before.data],
  );
  const switcher = (
    <div className="flex flex-wrap items-center gap-2">
      <div className="min-w-0 grow basis-56">{chooser}</div>
      <Segmented label="Preview" hideLabel options={VIEWS} value={view} onChange={setView} />
    </div>
  );
  return (
    <section aria-label="Preview" className="flex min-w-0 flex-col gap-2">
      {switcher}
      {error && !isFetching ? (
        <p className="text-sm text-muted">
          The server can’t resolve it as it stands; the last preview is shown.
        </p>
      ) : null}
      {view === "levels" && data ? (
        <ResolutionTable
          label="Job variables of the preview"
          explanation={data}
          declarations={declarations}
          definitions={definitionsOf(asked)}
          undeclared={undeclaredOf(asked)}
          columns={COLUMNS}
          stale={isFetching || asked !== template}
        />
      ) : (
        <EffectiveJob
          title="What a run would get"
          explanation={data}
          loading={isFetching || asked !== template}
          poolType={poolType}
          baselines={baselines}
          onShowRow={onShowRow}
        />
      )}
    </section>
  );
}

/** The deployment that is looked at, kept in the address; the first of the pool where none is. */
function useSample(pool: string) {
  const wanted = textOf(useSearch({ strict: false }) as Search, "sample");
  const navigate = useNavigate();
  const { data } = useQuery(poolDeploymentsQuery(pool));
  const rows = data?.rows ?? [];
  const sample = wanted === NONE ? "" : (rows.find(({ id }) => id === wanted)?.id ?? rows[0]?.id ?? "");
  const chooser = (
    <Combobox
      label="Preview with"
      value={sample || NONE}
      onChange={(id) =>
        void navigate({ to: ".", search: (before) => ({ ...before, sample: id || NONE }), replace: true })
      }
      options={[
        ...rows.map((row) => ({
          value: row.id,
          label: `${row.flow_name}/${row.name}`,
          detail: row.overrides.length ? `sets ${row.overrides.join(", ")}` : "sets nothing",
        })),
        { value: NONE, label: "No deployment", detail: "the pool’s defaults alone" },
      ]}
    />
  );
  return { sample, chooser };
}
