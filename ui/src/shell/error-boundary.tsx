import { RefreshCw } from "lucide-react";
import { Component, type ReactNode } from "react";
import { buttonClass } from "@/design/button";
import { ErrorState } from "@/design/error-state";

/** Around everything: never a blank page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <main className="px-4">
        <ErrorState
          error={this.state.error}
          title="The application failed."
          onRetry={() => this.setState({ error: undefined })}
          actions={
            <button
              type="button"
              className={buttonClass("secondary", "small")}
              onClick={() => location.reload()}
            >
              <RefreshCw aria-hidden className="size-4" />
              Reload
            </button>
          }
        />
      </main>
    );
  }
}
