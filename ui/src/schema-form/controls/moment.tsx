import { CalendarDays } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { IconButton } from "@/design/button";
import { TextField } from "@/design/text-field";
import { type ControlProps, emptied } from "../field-props";
import { useForm } from "../form-context";
import { localZone, momentIn, offsetAt, parseMoment, printMoment } from "../moments";
import { doubt, inheritedText } from "../words";
import { Doubt } from "./doubt";

interface PickedProps {
  /** What the browser's own picker is for. */
  type: "date" | "datetime-local";
  value: string;
  onPick: (value: string) => void;
  children: ReactNode;
}

/** A text field with the browser's picker at its end. */
function Picked({ type, value, onPick, children }: PickedProps) {
  const picker = useRef<HTMLInputElement>(null);
  const open = () => {
    try {
      picker.current?.showPicker();
    } catch {
      picker.current?.focus();
    }
  };
  return (
    <span className="relative block min-w-0 grow">
      {children}
      <input
        ref={picker}
        type={type}
        step={type === "date" ? undefined : 1}
        tabIndex={-1}
        aria-hidden
        value={value}
        onChange={(event) => event.target.value && onPick(event.target.value)}
        className="pointer-events-none absolute right-0 bottom-0 h-full w-8 opacity-0"
      />
      <IconButton
        icon={CalendarDays}
        size="small"
        label="Pick a date"
        onClick={open}
        className="absolute! inset-y-0 right-1 my-auto"
      />
    </span>
  );
}

export function DateControl({ node, path, value, inherited, origin, fixed }: ControlProps) {
  const { edit } = useForm();
  const text = typeof value === "string" ? value : "";
  return (
    <>
      <Picked type="date" value={text} onPick={(next) => edit(path, next)}>
        <TextField
          value={text}
          autoComplete="off"
          className="pr-9 tabular-nums"
          placeholder={inheritedText(node, inherited, origin) || "YYYY-MM-DD"}
          onChange={(next) => edit(path, next === "" ? emptied(fixed) : next)}
        />
      </Picked>
      <Doubt text={doubt(node, text)} />
    </>
  );
}

export function MomentControl({ node, path, value, inherited, origin, fixed }: ControlProps) {
  const { edit } = useForm();
  return (
    <MomentInput
      value={typeof value === "string" ? value : ""}
      placeholder={inheritedText(node, inherited, origin) || "2026-08-22T09:00:00+02:00"}
      doubt={doubt(node, typeof value === "string" ? value : "")}
      onChange={(next) => edit(path, next === "" ? emptied(fixed) : next)}
    />
  );
}

export interface MomentInputProps {
  /** ISO 8601, or whatever was typed. */
  value: string;
  placeholder?: string | undefined;
  doubt?: string | undefined;
  onChange: (value: string) => void;
}

/** A moment with its zone: what is typed is kept to the letter; a new day or zone replaces its own part. */
export function MomentInput({ value, placeholder, doubt: told, onChange }: MomentInputProps) {
  const moment = parseMoment(value);
  const pick = (wall: string) => {
    const [date = "", time = ""] = wall.split("T");
    const seconds = time.length === 5 ? `${time}:00` : time;
    const offset = moment ? moment.offset : offsetAt(localZone(), { date, time: seconds });
    onChange(printMoment({ date, between: moment?.between ?? "T", time: seconds, offset }));
  };
  return (
    <>
      <span className="flex flex-wrap gap-2">
        <Picked
          type="datetime-local"
          value={moment ? `${moment.date}T${moment.time.slice(0, 8)}` : ""}
          onPick={pick}
        >
          <TextField
            value={value}
            autoComplete="off"
            className="min-w-56 pr-9 tabular-nums"
            placeholder={placeholder}
            onChange={onChange}
          />
        </Picked>
        {moment ? <ZoneSelect value={value} onChange={onChange} /> : null}
      </span>
      <Doubt text={told} />
    </>
  );
}

/** Says in which zone the clock is read. The time on the clock stays, its offset changes. */
function ZoneSelect({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const moment = parseMoment(value);
  if (!moment) return null;
  const local = localZone();
  const offsets: [string, string][] = [
    [offsetAt(local, moment), `${local} (${offsetAt(local, moment)})`],
    ["Z", "UTC"],
    ["", "no zone"],
  ];
  const isListed = offsets.some(([offset]) => offset === moment.offset);
  return (
    <select
      aria-label="Time zone"
      value={moment.offset}
      onChange={(event) => onChange(printMoment({ ...moment, offset: event.target.value }))}
      className="h-control min-w-0 grow rounded-md border border-line-strong bg-surface px-2 text-text shadow-card"
    >
      {isListed ? null : <option value={moment.offset}>{moment.offset} (as typed)</option>}
      {offsets.map(([offset, label]) => (
        <option key={label} value={offset}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** Now and a while, on this machine's clock. */
export const momentAhead = (milliseconds: number, now: number): string =>
  printMoment(momentIn(localZone(), now + milliseconds));
