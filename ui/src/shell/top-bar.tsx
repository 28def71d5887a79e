import { Keyboard, Menu, Search } from "lucide-react";
import { Button, IconButton } from "@/design/button";
import { Keys } from "@/design/kbd";
import { Tooltip } from "@/design/tooltip";
import { keySteps } from "@/lib/keys";
import { setPreference, usePreferences } from "@/lib/preferences";
import { zoneName } from "@/lib/time";
import { DisplayMenu } from "./display-menu";
import { LiveIndicator } from "./live-indicator";
import { openPalette, overlay } from "./overlays";

export function TopBar() {
  const { zone } = usePreferences();
  return (
    <header className="sticky top-0 z-30 flex h-12 shrink-0 items-center gap-1 border-b border-line bg-surface px-2 sm:gap-2 sm:px-4">
      <IconButton
        icon={Menu}
        label="Open navigation"
        className="md:hidden"
        onClick={() => overlay.set({ shown: "menu", text: "" })}
      />
      <button
        type="button"
        onClick={() => openPalette()}
        className="flex h-8 min-w-0 max-w-md grow items-center gap-2 rounded-md border border-line bg-sunken px-2.5 text-left text-muted hover:border-line-strong"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="min-w-0 grow truncate">Search or go to…</span>
        <span className="max-sm:hidden">
          <Keys steps={keySteps("mod+k")} />
        </span>
      </button>
      <div className="ml-auto flex items-center sm:gap-1">
        <LiveIndicator />
        <Tooltip text={`Times are in ${zoneName(zone)}. Switch to ${zone === "utc" ? "local time" : "UTC"}.`}>
          <Button
            kind="ghost"
            size="small"
            className="max-sm:hidden"
            onClick={() => setPreference("zone", zone === "utc" ? "local" : "utc")}
          >
            <span className="sr-only">Times are in </span>
            {zone === "utc" ? "UTC" : "Local"}
          </Button>
        </Tooltip>
        <DisplayMenu />
        <IconButton
          icon={Keyboard}
          label="Keys"
          className="max-sm:hidden"
          onClick={() => overlay.set({ shown: "keys", text: "" })}
        />
      </div>
    </header>
  );
}
