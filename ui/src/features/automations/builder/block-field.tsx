import { CodeBlock } from "@/design/code-block";
import type { JsonMap } from "@/lib/exact-json";
import type { Path } from "@/schema-form/edit";
import { edited } from "../draft";
import { ChoiceField } from "../names/choice-field";
import { below, spelled } from "../problems";
import { useBuilder } from "./context";

/** How a first one is made. */
const COMMANDS = {
  "notification block": "penstock block create slack-webhook --name team",
  "webhook block": "penstock block create webhook --name orders",
} as const;

interface BlockFieldProps {
  path: Path;
  action: JsonMap;
  kind: keyof typeof COMMANDS;
}

/** The block that an action sends by: by name and type, of those that can. */
export function BlockField({ path, action, kind }: BlockFieldProps) {
  const { update, problems, thorough } = useBuilder();
  const id = action.get("block_document_id");
  const at = spelled(path);
  const wrong = [...below(problems, `${at}.block_document_id`), ...below(problems, `${at}.url`)][0]?.message;
  return (
    <ChoiceField
      label="Block"
      kind={kind}
      placeholder="Choose a block…"
      value={typeof id === "string" && id ? [id] : []}
      onChange={([next]) => update((before) => edited(before, [...path, "block_document_id"], next))}
      error={thorough || id ? wrong : undefined}
      none={<NoBlock kind={kind} />}
    />
  );
}

function NoBlock({ kind }: { kind: keyof typeof COMMANDS }) {
  return (
    <div role="status" className="flex min-w-0 flex-col gap-2 rounded-md bg-sunken px-3 py-2 text-sm">
      <p>
        There is no {kind} yet. Make one at a terminal, and it appears here.
        {kind === "notification block" ? (
          <>
            {" "}
            Other types than this: <code className="font-mono whitespace-nowrap">penstock block type ls</code>
          </>
        ) : null}
      </p>
      <CodeBlock code={COMMANDS[kind]} command wrap label={`the command that makes a ${kind}`} />
    </div>
  );
}
