import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Zap } from "lucide-react";
import { useMemo } from "react";
import { Banner } from "@/design/banner";
import { Button } from "@/design/button";
import { DataTable } from "@/design/data-table/data-table";
import { EmptyState } from "@/design/empty-state";
import { FilterBar } from "@/design/filter-bar";
import { LinkButton, TextLink } from "@/design/link";
import { SearchField } from "@/design/text-field";
import { type Search, textOf } from "@/lib/search";
import { automationColumns } from "./columns";
import { useNames } from "./names/use-names";
import { type AutomationRow, overviewQuery } from "./queries";
import { useAutomationActions } from "./use-actions";
import { sentenceOf } from "./words";

/** All automations: what they do, and whether they do it. */
export function AutomationTable() {
  const text = textOf(useSearch({ strict: false }) as Search, "q");
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(overviewQuery);
  const { enable, remove, dialogs } = useAutomationActions();
  const nameOf = useNames(data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what they do is the same each time they are made
  const columns = useMemo(
    () =>
      automationColumns({
        nameOf,
        enable,
        remove,
        edit: (id) => void navigate({ to: "/automations/$id/edit", params: { id } }),
        duplicate: (id) => void navigate({ to: "/automations/new", search: { from: id } }),
      }),
    [nameOf],
  );
  const rows = useMemo(() => {
    const wanted = text.toLowerCase();
    return data?.filter(({ automation }) =>
      `${automation.name} ${sentenceOf(automation, nameOf)} ${automation.tags.join(" ")}`
        .toLowerCase()
        .includes(wanted),
    );
  }, [data, text, nameOf]);
  return (
    <>
      {data
        ?.filter(({ stopped }) => stopped)
        .map((row) => (
          <StoppedBanner
            key={row.automation.id}
            row={row}
            onEnable={() => void enable(row.automation, true)}
          />
        ))}
      <DataTable
        id="automations"
        label="Automations"
        noun="automation"
        columns={columns}
        rows={rows}
        rowId={({ automation }) => automation.id}
        error={error}
        onRetry={refetch}
        empty={data?.length ? <EmptyState compact title="No automation is like that" /> : <NoAutomations />}
        toolbar={
          <FilterBar>
            <SearchField
              label="Filter automations"
              value={text}
              onChange={(q) => void navigate({ to: ".", search: { q }, replace: true })}
            />
          </FilterBar>
        }
      />
      {dialogs}
    </>
  );
}

function StoppedBanner({ row, onEnable }: { row: AutomationRow; onEnable: () => void }) {
  const { id, name } = row.automation;
  return (
    <Banner
      tone="danger"
      title={
        <>
          The server stopped{" "}
          <TextLink to="/automations/$id" params={{ id }} className="underline">
            {name}
          </TextLink>
        </>
      }
      actions={
        <Button size="small" onClick={onEnable}>
          Switch on again
        </Button>
      }
    >
      {row.stopped}
    </Banner>
  );
}

function NoAutomations() {
  return (
    <EmptyState
      icon={Zap}
      title="There are no automations yet"
      command="penstock automation create --from-file automation.yaml"
      action={
        <LinkButton kind="primary" to="/automations/new">
          New automation
        </LinkButton>
      }
    >
      An automation does something when something happens: it runs a deployment when a run fails, with values
      from the event.
    </EmptyState>
  );
}
