import { useMemo, useState } from "react";
import { CodeBlock } from "@/design/code-block";
import { printPlain } from "@/lib/exact-json";
import { isObject, type JobSpec, type Json } from "../json";
import { referenceOf, soundsSecret } from "../references";
import { MASK } from "../shown-value";
import { Segments } from "../table/segments";
import { toYaml } from "../yaml";

/** The pool's `job_configuration`, filled in. */
export function ResolvedTab({ job }: { job: JobSpec }) {
  const [format, setFormat] = useState<"json" | "yaml">("yaml");
  const masked = useMemo(() => maskedCopy(job.job_configuration as Json), [job]);
  const text = format === "json" ? printPlain(masked, 2) : toYaml(masked);
  return (
    <div className="flex flex-col gap-2">
      <Segments label="Format" value={format} onChange={setFormat}>
        {[
          { id: "yaml", label: "YAML" },
          { id: "json", label: "JSON" },
        ]}
      </Segments>
      <CodeBlock code={text.trimEnd()} label={`resolved configuration as ${format.toUpperCase()}`} wrap />
      <p
        className="truncate text-xs text-muted"
        title="SHA-256 of what is launched: equal hashes are equal infrastructure"
      >
        Hash <code className="font-mono">{job.hash.slice(0, 16)}</code>, template{" "}
        <code className="font-mono">{job.template_version.slice(0, 12)}</code>
      </p>
    </div>
  );
}

/** Literals whose name sounds secret are not shown; references are names and stay. */
export function maskedCopy(value: Json, name = ""): Json {
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskedCopy(item, key)]));
  }
  if (Array.isArray(value)) return value.map((item) => maskedCopy(item, name));
  return typeof value === "string" && value && soundsSecret(name) && !referenceOf(value) ? MASK : value;
}
