import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { isMap, printJson } from "@/lib/exact-json";
import { type Path, valueAt } from "@/schema-form/edit";
import { lackOf } from "../draft";
import { below, spelled } from "../problems";
import { previewQuery } from "../queries";
import { useBuilder } from "./context";

/** What an action would do with the event that is chosen; of one that the server found right, as it was then. */
export function usePreview(path: Path) {
  const { draft, eventId, accepted, told } = useBuilder();
  const now = valueAt(draft.value, path);
  const checked = told && valueAt(told.of, path);
  const isWhole = (action: typeof now) => isMap(action) && lackOf(action) === undefined;
  const isRight = told !== undefined && isWhole(checked) && !below(told.problems, spelled(path)).length;
  const action = isMap(checked) ? checked : new Map();
  const query = useQuery({
    ...previewQuery(action, eventId, accepted),
    enabled: isRight,
    placeholderData: keepPreviousData,
  });
  if (!isWhole(now)) return { preview: undefined, error: undefined, isOld: false };
  const isOld = query.isFetching || printJson(now ?? null) !== printJson(action);
  return { preview: query.data, error: query.error, isOld };
}
