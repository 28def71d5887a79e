import type { ReactNode } from "react";
import type { Subject } from "./queries";

/** How a thing is linked to; handed in by the page, which knows the places. */
export type LinkTo = (subject: Subject, quiet?: boolean) => ReactNode;

/** Links in a row, with commas. */
export function SubjectList({ subjects, linkTo }: { subjects: readonly Subject[]; linkTo: LinkTo }) {
  return subjects.map((subject, at) => (
    <span key={`${subject.kind} ${subject.id}`}>
      {at > 0 ? ", " : null}
      {linkTo(subject)}
    </span>
  ));
}
