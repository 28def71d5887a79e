import { TextLink } from "@/design/link";
import { idOf, kindLabel, type Labels, nameOf, partsOf, placeOf } from "./labels";

/** A resource by its name: a link to its page where it has one. */
export function ResourceLink({ resource, quiet }: { resource: Labels; quiet?: boolean | undefined }) {
  const place = placeOf(resource);
  const text = nameOf(resource);
  if (!place) {
    return (
      <span className="min-w-0 font-mono text-sm break-all" title={idOf(resource)}>
        {text}
      </span>
    );
  }
  return (
    <TextLink {...place} quiet={quiet} title={idOf(resource)} className="min-w-0 break-words">
      {text}
    </TextLink>
  );
}

/** "Flow run", or nothing for resources of others. */
export function ResourceKind({ resource }: { resource: Labels }) {
  const kind = partsOf(idOf(resource))?.kind;
  return kind ? <span className="shrink-0 text-muted">{kindLabel(kind)}</span> : null;
}
