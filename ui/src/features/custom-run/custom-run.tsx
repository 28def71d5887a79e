import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { ErrorState } from "@/design/error-state";
import { TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { SkeletonPage } from "@/design/skeleton";
import { EMPTY_MAP, isMap, type JsonMap, plainOf } from "@/lib/exact-json";
import { type Search, textOf } from "@/lib/search";
import {
  defaultsOf,
  draftFromRun,
  EMPTY_DRAFT,
  type JobVariables,
  type RunDraft,
  type Source,
} from "./draft";
import { draftFromSearch, storedDraft } from "./keeping";
import { deploymentQuery, flowQuery, sourceRunQuery } from "./queries";
import { RunEditor, type RunParts } from "./run-editor";

export interface CustomRunProps extends RunParts {
  deploymentId: string;
  /** The address: `from` names a run to begin with; or it holds a draft. */
  search: Search;
  /** A run was made. */
  onRun: (run: { id: string; name: string }) => void;
}

/** Makes a run of a deployment with parameters, job variables and details of its own. */
export function CustomRun({ deploymentId, search, ...parts }: CustomRunProps) {
  const from = textOf(search, "from");
  const deployment = useQuery(deploymentQuery(deploymentId));
  const flow = useQuery(flowQuery(deployment.data?.plain.flow_id));
  const run = useQuery(sourceRunQuery(from));
  const failed = [deployment, flow, run].find(({ isError, data }) => isError && data === undefined);
  if (failed) {
    return (
      <>
        <PageHeader
          title="Run a deployment"
          breadcrumb={[
            <TextLink key="all" to="/deployments">
              Deployments
            </TextLink>,
          ]}
        />
        <ErrorState
          error={failed.error}
          title={
            failed === run ? "The run to begin with can't be loaded." : "The deployment can't be loaded."
          }
          onRetry={failed.refetch}
          actions={<TextLink to="/deployments">All deployments</TextLink>}
        />
      </>
    );
  }
  if (!deployment.data || !flow.data || (from && !run.data)) return <SkeletonPage />;
  const { plain, exact } = deployment.data;
  return (
    <div className="flex flex-col gap-5">
      <PageHeader
        title={`Run ${plain.name}`}
        breadcrumb={[
          <TextLink key="all" quiet to="/deployments">
            Deployments
          </TextLink>,
          <TextLink key="one" quiet to="/deployments/$id" params={{ id: plain.id }}>
            {`${flow.data.name}/${plain.name}`}
          </TextLink>,
        ]}
      />
      <Started
        {...parts}
        key={deploymentId + from}
        fullName={`${flow.data.name}/${plain.name}`}
        deployment={plain}
        exact={exact}
        search={search}
        run={run.data?.exact}
      />
    </div>
  );
}

type EditorProps = Parameters<typeof RunEditor>[0];

interface StartedProps extends Omit<EditorProps, "start" | "notice" | "schema" | "inherited" | "onDiscard"> {
  exact: JsonMap;
  search: Search;
  run: JsonMap | undefined;
}

export type Notice = { kind: "restored" | "from-run" | "from-link"; at?: number } | undefined;

/** Decides what the page begins with: the run or draft of the address, else the draft that was left here. */
function Started({ exact, search, run, ...rest }: StartedProps) {
  const { deployment } = rest;
  const given = exact.get("parameter_openapi_schema") ?? EMPTY_MAP;
  const schema = useMemo(() => given, [given]);
  const [begun, begin] = useState(() => beginning(exact, deployment.id, search, run));
  const [count, setCount] = useState(0);
  return (
    <RunEditor
      {...rest}
      key={count}
      start={begun.draft}
      notice={begun.notice}
      schema={schema}
      inherited={mapAt(exact, "parameters")}
      onDiscard={() => {
        begin({ draft: EMPTY_DRAFT, notice: undefined });
        setCount((before) => before + 1);
      }}
    />
  );
}

interface Beginning {
  draft: RunDraft;
  notice: Notice;
}

function beginning(exact: JsonMap, id: string, search: Search, run: JsonMap | undefined): Beginning {
  if (run) {
    const defaults = defaultsOf(exact.get("parameter_openapi_schema") ?? null);
    return { draft: draftFromRun(sourceOf(run), sourceOf(exact), defaults), notice: { kind: "from-run" } };
  }
  const linked = draftFromSearch(search);
  if (linked) return { draft: linked, notice: { kind: "from-link" } };
  const stored = storedDraft(id);
  if (stored) return { draft: stored.draft, notice: { kind: "restored", at: stored.at } };
  return { draft: EMPTY_DRAFT, notice: undefined };
}

const mapAt = (document: JsonMap, key: string): JsonMap => {
  const value = document.get(key);
  return isMap(value) ? value : EMPTY_MAP;
};

function sourceOf(document: JsonMap): Source {
  const tags = document.get("tags");
  const queue = document.get("work_queue_name");
  return {
    parameters: mapAt(document, "parameters"),
    jobVariables: plainMap(mapAt(document, "job_variables")),
    tags: Array.isArray(tags) ? tags.map(String) : [],
    workQueue: typeof queue === "string" ? queue : null,
  };
}

const plainMap = (map: JsonMap): JobVariables => plainOf(map) as JobVariables;
