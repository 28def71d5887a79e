import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { Button } from "@/design/button";
import { ErrorState } from "@/design/error-state";
import { PageHeader } from "@/design/page-header";
import { SkeletonPage } from "@/design/skeleton";

const MISSING_PART = /dynamically imported module|importing a module script|module specifier|ChunkLoadError/i;

/** What a page shows that failed while it was loaded or drawn. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const isOutdated = MISSING_PART.test(error instanceof Error ? error.message : String(error));
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <>
      <PageHeader title="This page could not be shown" />
      <ErrorState
        error={error}
        title={
          isOutdated
            ? "A part of the application could not be loaded. The server may have been updated, or be away."
            : "Something went wrong on this page."
        }
        onRetry={isOutdated ? undefined : retry}
        actions={
          <Button size="small" icon={RefreshCw} onClick={() => location.reload()}>
            Reload
          </Button>
        }
      />
    </>
  );
}

export function PagePending() {
  return <SkeletonPage />;
}
