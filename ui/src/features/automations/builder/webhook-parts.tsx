import { useState } from "react";
import { Field } from "@/design/field";
import { Select } from "@/design/select";
import type { JsonMap } from "@/lib/exact-json";
import type { Path } from "@/schema-form/edit";
import { edited } from "../draft";
import { formSchema } from "../schemas";
import { BlockField } from "./block-field";
import { useBuilder } from "./context";
import { PartForm } from "./part-form";

const BY_URL = ["type", "block_document_id"];
/** A block has a URL and a method of its own. */
const BY_BLOCK = [...BY_URL, "url", "method"];
const WAYS = [
  { value: "url", label: "A URL given here" },
  { value: "block", label: "The URL of a block" },
];

/** What is called: a URL, or a block that keeps one; and what is sent there. */
export function WebhookParts({ path, action }: { path: Path; action: JsonMap }) {
  const { update } = useBuilder();
  const [picked, setPicked] = useState<string>();
  const written = action.get("block_document_id") ? "block" : action.get("url") ? "url" : undefined;
  const way = written ?? picked ?? "url";
  const hidden = way === "block" && !action.get("url") ? BY_BLOCK : BY_URL;
  const choose = (next: string) => {
    setPicked(next);
    const others = next === "block" ? ["url", "method"] : ["block_document_id"];
    update((before) => others.reduce((draft, key) => edited(draft, [...path, key], undefined), before));
  };
  return (
    <>
      <div className="grid items-start gap-3 sm:grid-cols-[13rem_minmax(0,1fr)]">
        <Field label="Where to">
          <Select value={way} options={WAYS} onChange={choose} />
        </Field>
        {way === "block" ? <BlockField path={path} action={action} kind="webhook block" /> : null}
      </div>
      <PartForm path={path} schema={formSchema("call-webhook", hidden)} hidden={hidden} />
    </>
  );
}
