import { ChevronRight } from "lucide-react";
import { Fragment, type ReactNode, useEffect } from "react";

export interface PageHeaderProps {
  /** The text of the heading; also the title of the document, unless `documentTitle` says otherwise. */
  title: ReactNode;
  documentTitle?: string | undefined;
  /** Links to what the page is part of, outermost first: <TextLink …>. */
  breadcrumb?: readonly ReactNode[] | undefined;
  /** Beside the heading: a state, a copy button. */
  badge?: ReactNode;
  /** Under the heading: facts in one line. */
  meta?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, documentTitle, breadcrumb, badge, meta, actions }: PageHeaderProps) {
  useDocumentTitle(documentTitle ?? (typeof title === "string" ? title : undefined));
  return (
    <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="flex min-w-0 flex-col gap-1">
        {breadcrumb?.length ? (
          <nav aria-label="Breadcrumb">
            <ol className="flex flex-wrap items-center gap-1 text-sm text-muted">
              {breadcrumb.map((crumb, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the way to a page has an order
                <Fragment key={index}>
                  {index > 0 ? (
                    <li aria-hidden>
                      <ChevronRight className="size-3.5" />
                    </li>
                  ) : null}
                  <li className="min-w-0 truncate">{crumb}</li>
                </Fragment>
              ))}
            </ol>
          </nav>
        ) : null}
        <div className="flex min-h-control flex-wrap items-center gap-x-3 gap-y-1">
          <h1 tabIndex={-1} className="min-w-0 text-xl font-semibold tracking-tight break-words">
            {title}
          </h1>
          {badge}
        </div>
        {meta ? (
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">{meta}</div>
        ) : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </header>
  );
}

/** "Runs · Penstock" while the component is there. */
export function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    if (title) document.title = `${title} · Penstock`;
  }, [title]);
}
