import { useId } from "react";
import { Button } from "@/design/button";
import { Field } from "@/design/field";
import { Segmented } from "@/design/segmented";
import { Time, useNow } from "@/design/time";
import { MomentInput, momentAhead } from "@/schema-form/controls/moment";
import { instantOf, parseMoment } from "@/schema-form/moments";

const MINUTE = 60_000;
const QUICK: readonly [string, number][] = [
  ["in 10 minutes", 10 * MINUTE],
  ["in 1 hour", 60 * MINUTE],
  ["in 8 hours", 480 * MINUTE],
  ["in 1 day", 1440 * MINUTE],
];

interface StartTimeProps {
  /** ISO 8601 with its zone; empty is now. */
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

/** Now, or a moment with its zone. */
export function StartTime({ value, error, onChange }: StartTimeProps) {
  const id = useId();
  const isLater = value !== "";
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <Segmented
          label="Start"
          value={isLater ? "later" : "now"}
          onChange={(next) => onChange(next === "now" ? "" : momentAhead(60 * MINUTE, Date.now()))}
          options={[
            { value: "now", label: "Now" },
            { value: "later", label: "Later" },
          ]}
        />
        {isLater ? (
          <span className="flex flex-wrap gap-1" id={id}>
            {QUICK.map(([label, ahead]) => (
              <Button
                key={label}
                size="small"
                kind="ghost"
                onClick={() => onChange(momentAhead(ahead, Date.now()))}
              >
                {label}
              </Button>
            ))}
          </span>
        ) : null}
      </div>
      {isLater ? (
        <Field label="Start time" hideLabel error={error} hint={<Told value={value} />}>
          {/* While it is emptied to type another one, it is still later. */}
          <MomentInput value={value.trim()} onChange={(next) => onChange(next === "" ? " " : next)} />
        </Field>
      ) : null}
    </div>
  );
}

function Told({ value }: { value: string }) {
  const now = useNow(15_000);
  const moment = parseMoment(value);
  if (!moment?.offset) return null;
  const instant = instantOf(moment);
  return (
    <>
      Starts <Time value={new Date(instant).toISOString()} />
      {instant < now ? ": that is past, so it starts at once." : "."}
    </>
  );
}
