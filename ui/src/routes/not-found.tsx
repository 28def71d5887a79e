import { useLocation } from "@tanstack/react-router";
import { Compass, Search } from "lucide-react";
import { Button } from "@/design/button";
import { EmptyState } from "@/design/empty-state";
import { LinkButton } from "@/design/link";
import { PageHeader } from "@/design/page-header";
import { openPalette } from "@/shell/overlays";

export default function NotFoundPage() {
  const { pathname } = useLocation();
  const last = readable(pathname.split("/").filter(Boolean).at(-1) ?? "");
  return (
    <>
      <PageHeader title="No such page" />
      <EmptyState
        icon={Compass}
        title={`Nothing is at ${pathname}`}
        action={
          <>
            <Button kind="primary" icon={Search} onClick={() => openPalette(last)}>
              Search for it
            </Button>
            <LinkButton to="/">Home</LinkButton>
          </>
        }
      >
        The address may be mistyped, or what it led to was deleted.
      </EmptyState>
    </>
  );
}

/** Whoever mistyped an address may have written "%" as it is. */
function readable(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
