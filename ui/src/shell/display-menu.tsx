import { LogOut, Monitor, Moon, Rows3, Rows4, SlidersHorizontal, Sun } from "lucide-react";
import { Button, IconButton } from "@/design/button";
import { Popover } from "@/design/popover";
import { Segmented } from "@/design/segmented";
import { isSignedIn } from "@/features/session/queries";
import { setPreference, usePreferences } from "@/lib/preferences";
import { zoneName } from "@/lib/time";
import { leave } from "./leave";

/** Theme, zone and density: how this person likes to look at things. */
export function DisplayMenu() {
  const { theme, zone, density } = usePreferences();
  return (
    <Popover label="Display" align="end" trigger={<IconButton icon={SlidersHorizontal} label="Display" />}>
      <div className="flex w-64 flex-col gap-3">
        <Segmented
          label="Theme"
          value={theme}
          onChange={(value) => setPreference("theme", value)}
          options={[
            { value: "system", label: "System", icon: Monitor },
            { value: "light", label: "Light", icon: Sun },
            { value: "dark", label: "Dark", icon: Moon },
          ]}
        />
        <Segmented
          label={`Times in ${zoneName(zone)}`}
          value={zone}
          onChange={(value) => setPreference("zone", value)}
          options={[
            { value: "local", label: "Local" },
            { value: "utc", label: "UTC" },
          ]}
        />
        <Segmented
          label="Density"
          value={density}
          onChange={(value) => setPreference("density", value)}
          options={[
            { value: "comfortable", label: "Comfortable", icon: Rows3 },
            { value: "compact", label: "Compact", icon: Rows4 },
          ]}
        />
        {isSignedIn() ? (
          <Button icon={LogOut} onClick={() => void leave()}>
            Sign out
          </Button>
        ) : null}
      </div>
    </Popover>
  );
}
