import { Compass, Search } from "lucide-react";
import { Button } from "@/design/button";
import { EmptyState } from "@/design/empty-state";
import { ErrorState } from "@/design/error-state";
import { LinkButton, TextLink } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { ApiError } from "@/lib/api";
import { openPalette } from "./overlays";

interface MissingProps {
  /** What the page is about: "flow run". */
  noun: string;
  /** As the address has it. */
  id: string;
  /** The list that it would be in. */
  all: {
    to: "/runs" | "/flows" | "/deployments" | "/work-pools" | "/events" | "/automations";
    label: string;
  };
  command?: string | undefined;
}

/** Instead of the page of one thing that the server does not have. */
export function Missing({ noun, id, all, command }: MissingProps) {
  return (
    <>
      <Heading noun={noun} all={all} />
      <EmptyState
        icon={Compass}
        title={`There is no such ${noun}`}
        command={command}
        action={
          <>
            <LinkButton kind="primary" to={all.to}>
              All {all.label.toLowerCase()}
            </LinkButton>
            <Button icon={Search} onClick={() => openPalette(id)}>
              Search for it
            </Button>
          </>
        }
      >
        <code className="font-mono text-sm break-all text-text">{id}</code>
        <p>It was deleted, or the address is mistyped.</p>
      </EmptyState>
    </>
  );
}

interface NotLoadedProps extends MissingProps {
  error: unknown;
  onRetry: () => unknown;
}

/** Instead of the page of one thing that could not be loaded: it is not there, or something is wrong. */
export function NotLoaded({ error, onRetry, ...missing }: NotLoadedProps) {
  if (isMissing(error)) return <Missing {...missing} />;
  return (
    <>
      <Heading {...missing} />
      <ErrorState title={`The ${missing.noun} could not be loaded.`} error={error} onRetry={onRetry} />
    </>
  );
}

/** The server knows of nothing with that id, or the id could be nobody's. */
function isMissing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 422);
}

function Heading({ noun, all }: Pick<MissingProps, "noun" | "all">) {
  return (
    <PageHeader
      title={noun.replace(/^./, (first) => first.toUpperCase())}
      breadcrumb={[
        <TextLink key="all" quiet to={all.to}>
          {all.label}
        </TextLink>,
      ]}
    />
  );
}
