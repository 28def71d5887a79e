import { UrlTabs } from "@/design/tabs";
import type { Automation } from "../queries";
import type { NameOf } from "../words";
import { AutomationText } from "./as-text";
import { AutomationState } from "./explanation";
import { FiringLog } from "./firing-log";

/** What is to be seen of one automation. */
export function AutomationTabs({ automation, nameOf }: { automation: Automation; nameOf: NameOf }) {
  return (
    <UrlTabs
      label="Automation"
      items={[
        { id: "firings", label: "Firings", content: <FiringLog id={automation.id} nameOf={nameOf} /> },
        { id: "state", label: "State", content: <AutomationState id={automation.id} /> },
        { id: "text", label: "As text", content: <AutomationText automation={automation} /> },
      ]}
    />
  );
}
