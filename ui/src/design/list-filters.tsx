import { useNavigate, useSearch } from "@tanstack/react-router";
import { listOf, type Search, textOf } from "@/lib/search";
import { ChoiceFilter, FilterBar } from "./filter-bar";
import { SearchField } from "./text-field";

/** What narrows a list whose rows are all here already: `?q=…&status=…`. */
export function useNarrowing() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  return {
    text: textOf(search, "q"),
    statuses: listOf(search, "status"),
    narrow: (change: Search) =>
      void navigate({ to: ".", search: (before) => ({ ...before, ...change }), replace: true }),
  };
}

interface TextAndStatusProps extends ReturnType<typeof useNarrowing> {
  label: string;
  options: readonly { value: string; label: string }[];
}

/** A list's filters by words and by status. */
export function TextAndStatus({ label, options, text, statuses, narrow }: TextAndStatusProps) {
  const isNarrow = text !== "" || statuses.length > 0;
  return (
    <FilterBar onClear={isNarrow ? () => narrow({ q: undefined, status: undefined }) : undefined}>
      <SearchField label={label} value={text} onChange={(q) => narrow({ q: q || undefined })} />
      <ChoiceFilter
        label="Status"
        options={options}
        value={statuses}
        onChange={(status) => narrow({ status: [...status] })}
      />
    </FilterBar>
  );
}

interface TextAndTagsProps {
  label: string;
  placeholder: string;
  choice: { readonly text: string; readonly tags: readonly string[] };
  /** Whose tags there are to choose from. */
  rows: readonly { readonly tags: readonly string[] }[] | undefined;
  onChange: (part: { text?: string; tags?: string[] }) => void;
}

/** Two filters of a longer list: words and tags. */
export function TextAndTags({ label, placeholder, choice, rows, onChange }: TextAndTagsProps) {
  const tags = new Set([...choice.tags, ...(rows ?? []).flatMap((row) => row.tags)]);
  return (
    <>
      <SearchField
        label={label}
        placeholder={placeholder}
        value={choice.text}
        onChange={(text) => onChange({ text })}
        className="w-64 max-w-full"
      />
      <ChoiceFilter
        label="Tag"
        allowCustom
        options={[...tags].sort().map((tag) => ({ value: tag, label: tag }))}
        value={choice.tags}
        onChange={(next) => onChange({ tags: next })}
      />
    </>
  );
}
