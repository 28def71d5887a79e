import { ChevronRight, KeyRound, TriangleAlert } from "lucide-react";
import { Chip } from "@/design/chip";
import { cx } from "@/design/cx";
import { Tooltip } from "@/design/tooltip";
import { isMap } from "@/lib/exact-json";
import { plural } from "@/lib/format";
import { CHOOSABLE, KIND_LABELS, type Kind, typeText } from "./kinds";
import { JOB } from "./parts";
import { QuietSelect } from "./quiet-select";
import type { Variable } from "./variables";
import type { TableActions } from "./variables-table";

export function NameCell({
  variable,
  isNew,
  onOpen,
}: {
  variable: Variable;
  isNew: boolean;
  onOpen: () => void;
}) {
  const { name, title, description, secret } = variable;
  return (
    <span className="flex min-w-0 flex-col">
      <span className="flex min-h-7 min-w-0 items-center gap-1.5">
        <button
          type="button"
          onClick={onOpen}
          title={description || undefined}
          className="min-w-0 truncate rounded-sm font-mono text-sm font-medium hover:text-accent hover:underline"
        >
          {name}
        </button>
        {secret ? (
          <Tooltip text="A secret: takes references, and no text">
            <span className="flex" tabIndex={-1}>
              <KeyRound role="img" aria-label="secret" className="size-3.5 text-warning" />
            </span>
          </Tooltip>
        ) : null}
        {isNew ? <Chip tone="accent">new</Chip> : null}
      </span>
      {title && title.toLowerCase() !== name.replaceAll("_", " ").toLowerCase() ? (
        <span className="truncate text-xs text-muted">{title}</span>
      ) : null}
    </span>
  );
}

export function TypeCell({ variable, actions }: { variable: Variable; actions: TableActions }) {
  const { name, type } = variable;
  const own = { value: type.kind, label: typeText(type) };
  const others = CHOOSABLE.filter((kind) => kind !== type.kind).map((kind) => ({
    value: kind,
    label: KIND_LABELS[kind],
  }));
  return (
    <QuietSelect<Kind>
      label={`Type of ${name}`}
      value={type.kind}
      options={[own, ...others]}
      onChange={(kind) =>
        kind === "choice" ? actions.open(name, "choice") : actions.setType(name, kind, type.nullable)
      }
    />
  );
}

export function MapCell({
  variable,
  isOpen,
  onToggle,
}: {
  variable: Variable;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { name, preset } = variable;
  const keys = isMap(preset) ? preset.size : 0;
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      onClick={onToggle}
      className="relative -ml-1.5 flex min-h-7 w-full items-center gap-1 rounded-md border border-transparent px-1 text-left text-sm hover:border-line-strong hover:bg-surface"
    >
      <ChevronRight
        aria-hidden
        className={cx("size-4 shrink-0 text-muted transition-transform", isOpen && "rotate-90")}
      />
      <span className="sr-only">Default of {name}: </span>
      {keys ? plural(keys, "key") : <span className="text-muted">no keys</span>}
      {isMap(preset) && !isOpen ? (
        <span className="truncate font-mono text-xs text-muted">{[...preset.keys()].join(", ")}</span>
      ) : null}
    </button>
  );
}

export function UsedCell({ variable }: { variable: Variable }) {
  const { name, uses, isUsed } = variable;
  if (!isUsed) {
    return (
      <Tooltip text={`No placeholder of ${JOB} uses it: setting it changes nothing.`}>
        <span className="flex min-h-7 w-fit items-center gap-1 text-sm text-warning">
          <TriangleAlert aria-hidden className="size-3.5" />
          unused
        </span>
      </Tooltip>
    );
  }
  const places = uses.map(({ path }) => path.join(".")).join(", ");
  return (
    <Tooltip text={places ? `${JOB}: ${places}` : `${name} is always used.`}>
      <span className="flex min-h-7 w-fit items-center text-sm text-muted">
        {uses.length > 1 ? `${uses.length} times` : "yes"}
      </span>
    </Tooltip>
  );
}
