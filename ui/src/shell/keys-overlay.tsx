import { Dialog } from "@/design/dialog";
import { Keys } from "@/design/kbd";
import { type KeyBinding, keySteps, useKeyGroups } from "@/lib/keys";
import { closeOverlay } from "./overlays";

/** What `?` opens: every key that does something now. */
export default function KeysOverlay() {
  const bound = useKeyGroups();
  const groups = new Map<string, KeyBinding[]>();
  for (const { name, bindings } of bound) groups.set(name, [...(groups.get(name) ?? []), ...bindings]);
  return (
    <Dialog open onOpenChange={closeOverlay} title="Keys" width="medium">
      <div className="columns-1 gap-8 pb-2 sm:columns-2">
        {[...groups].map(([name, bindings]) => (
          <section key={name} className="mb-5 break-inside-avoid">
            <h3 className="mb-1 text-sm font-semibold text-muted">{name}</h3>
            <dl>
              {bindings.map(({ keys, label }) => (
                <div
                  key={keys}
                  className="flex min-h-8 items-center justify-between gap-4 border-b border-line"
                >
                  <dt>{label}</dt>
                  <dd>
                    <Keys steps={keySteps(keys)} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
