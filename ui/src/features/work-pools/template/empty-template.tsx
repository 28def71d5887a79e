import { useQuery } from "@tanstack/react-query";
import { FileJson } from "lucide-react";
import { Button } from "@/design/button";
import { EmptyState } from "@/design/empty-state";
import { type PoolRow, poolTypesQuery } from "../queries";
import { workerCommand } from "../words";
import type { TemplateDraftState } from "./use-template-draft";

export interface EmptyTemplateProps {
  row: PoolRow;
  state: TemplateDraftState;
  onJson: () => void;
}

/** A pool whose template nobody has given yet. */
export function EmptyTemplate({ row, state, onJson }: EmptyTemplateProps) {
  const { data } = useQuery(poolTypesQuery);
  const known = data?.find(({ type }) => type === row.type);
  return (
    <EmptyState
      icon={FileJson}
      title="The template is empty yet"
      command={workerCommand(row.name)}
      action={
        <>
          {known ? (
            <Button onClick={() => state.edit(() => known.template)}>Take that of {known.name}</Button>
          ) : null}
          <Button onClick={onJson}>Write it as JSON</Button>
        </>
      }
    >
      The first worker of the pool brings the template of its type.
    </EmptyState>
  );
}
