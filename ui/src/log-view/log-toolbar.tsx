import { ArrowDown, ArrowUp, Clock, Download, ListFilter, WrapText, X } from "lucide-react";
import type { KeyboardEvent, ReactNode, Ref } from "react";
import { Button, IconButton } from "@/design/button";
import { ChoiceFilter } from "@/design/filter-bar";
import { Menu } from "@/design/menu";
import { Select } from "@/design/select";
import { SearchField } from "@/design/text-field";
import { count, shortCount } from "@/lib/format";
import { TIME_FORMATS, TIME_LABELS, type TimeFormat } from "./line-times";
import { type LogChoice, levelName } from "./log-state";
import type { LogFacets } from "./source";
import type { Hits } from "./use-hits";

export interface LogLook {
  wrap: boolean;
  time: TimeFormat;
}

interface ToolbarProps {
  choice: LogChoice;
  onChoice: (choice: Partial<LogChoice>) => void;
  look: LogLook;
  onLook: (look: Partial<LogLook>) => void;
  hits: Hits;
  facets: LogFacets | undefined;
  onWantFacets: (() => void) | undefined;
  /** Names of the tasks that are chosen. */
  taskName: (id: string) => string;
  /** The lines of one task only: there is nothing to choose between. */
  isTask: boolean;
  downloadUrl: string | undefined;
  searchRef: Ref<HTMLInputElement>;
  actions?: ReactNode;
}

const LEVELS = [10, 20, 30, 40, 50];

export function LogToolbar(props: ToolbarProps) {
  const { choice, onChoice, look, onLook, hits, facets, taskName, isTask, downloadUrl, searchRef } = props;
  const loggers = Object.entries(facets?.loggers ?? {});
  return (
    <search className="flex flex-wrap items-center gap-2">
      <SearchBox choice={choice} onChoice={onChoice} hits={hits} searchRef={searchRef} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears what is done to the controls in it */}
      <div className="contents" onPointerEnter={props.onWantFacets} onFocus={props.onWantFacets}>
        <Select
          label="Lowest level"
          className="w-auto! min-w-36"
          value={choice.level === undefined ? "all" : String(choice.level)}
          onChange={(value) => onChoice({ level: value === "all" ? undefined : Number(value) })}
          options={[
            { value: "all", label: "All levels" },
            ...LEVELS.map((level) => ({ value: String(level), label: levelOption(level, facets) })),
          ]}
        />
        {isTask && choice.loggers.length === 0 ? null : (
          <ChoiceFilter
            label="Logger"
            value={choice.loggers}
            onChange={(next) => onChoice({ loggers: next })}
            loading={!isTask && facets === undefined}
            options={loggers.map(([name, many]) => ({
              value: name,
              label: name,
              detail: `${count(many)} lines`,
            }))}
          />
        )}
      </div>
      {isTask ? null : <TaskFilter choice={choice} onChoice={onChoice} taskName={taskName} />}
      <div className="ml-auto flex items-center gap-0.5">
        {props.actions}
        <IconButton
          icon={WrapText}
          label="Wrap long lines (w)"
          size="small"
          pressed={look.wrap}
          onClick={() => onLook({ wrap: !look.wrap })}
        />
        <Menu
          label="Times"
          align="end"
          trigger={<IconButton icon={Clock} label="How times are shown" size="small" />}
          groups={[
            TIME_FORMATS.map((format) => ({
              id: format,
              label: TIME_LABELS[format],
              checked: look.time === format,
              onSelect: () => onLook({ time: format }),
            })),
          ]}
        />
        {downloadUrl ? (
          <a
            href={downloadUrl}
            download
            aria-label="Download the whole log as CSV"
            title="Download the whole log as CSV"
            className="inline-flex size-7 items-center justify-center rounded-md hover:bg-hover"
          >
            <Download aria-hidden className="size-4" />
          </a>
        ) : null}
      </div>
    </search>
  );
}

function levelOption(level: number, facets: LogFacets | undefined): string {
  const name = levelName(level);
  const text = level === 50 ? name : `${name} and above`;
  if (!facets) return text;
  const many = Object.entries(facets.levels)
    .filter(([each]) => Number(each) >= level)
    .reduce((sum, [, lines]) => sum + lines, 0);
  return `${text} (${shortCount(many)})`;
}

function SearchBox({
  choice,
  onChoice,
  hits,
  searchRef,
}: Pick<ToolbarProps, "choice" | "onChoice" | "hits" | "searchRef">) {
  const onKeyDown = (event: KeyboardEvent) => {
    const { tagName, value } = event.target as HTMLInputElement;
    if (event.key !== "Enter" || tagName !== "INPUT" || !value) return;
    // The field itself tells what is looked for now.
    if (value !== choice.find) return hits.goWhenFound(value);
    event.preventDefault();
    event.stopPropagation();
    hits.step(event.shiftKey ? -1 : 1);
  };
  return (
    <div className="flex min-w-0 grow items-center gap-1 sm:max-w-md" onKeyDownCapture={onKeyDown}>
      <SearchField
        ref={searchRef}
        label="Search logs"
        value={choice.find}
        onChange={(find) => onChoice({ find, ...(find === "" ? { only: false } : {}) })}
        className="min-w-32 grow"
      />
      {choice.find ? (
        <>
          <span role="status" className="px-1 text-sm whitespace-nowrap text-muted tabular-nums">
            {hitText(hits)}
          </span>
          <IconButton
            icon={ArrowUp}
            label="Previous match (Shift+Enter)"
            size="small"
            onClick={() => hits.step(-1)}
          />
          <IconButton icon={ArrowDown} label="Next match (Enter)" size="small" onClick={() => hits.step(1)} />
          <IconButton
            icon={ListFilter}
            label="Only matching lines"
            size="small"
            pressed={choice.only}
            onClick={() => onChoice({ only: !choice.only, line: choice.line })}
          />
        </>
      ) : null}
    </div>
  );
}

function hitText({ searching, error, positions, complete, at }: Hits): string {
  if (searching) return "Searching…";
  if (error) return "Search failed";
  const all = `${count(positions.length)}${complete ? "" : "+"}`;
  if (positions.length === 0) return "No match";
  return at < 0 ? `${all} ${positions.length === 1 ? "match" : "matches"}` : `${count(at + 1)} of ${all}`;
}

function TaskFilter({ choice, onChoice, taskName }: Pick<ToolbarProps, "choice" | "onChoice" | "taskName">) {
  if (choice.tasks.length > 0) {
    const label = choice.tasks.map(taskName).join(", ");
    return (
      <Button
        icon={X}
        className="max-w-60"
        onClick={() => onChoice({ tasks: [] })}
        aria-label={`Not only ${label}`}
      >
        <span className="truncate">Task: {label}</span>
      </Button>
    );
  }
  return (
    <Button
      aria-pressed={choice.outside}
      className={choice.outside ? "bg-accent-soft!" : ""}
      onClick={() => onChoice({ outside: !choice.outside })}
    >
      Flow only
    </Button>
  );
}
