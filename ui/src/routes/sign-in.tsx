import { useRouter, useSearch } from "@tanstack/react-router";
import { useDocumentTitle } from "@/design/page-header";
import { SignInForm } from "@/features/session/sign-in-form";
import icon from "@/icon.svg";
import { queryClient } from "@/lib/query";
import { textOf } from "@/lib/search";

/** Only addresses of ours: "/runs?…", never "//elsewhere" or "https:…". */
function isOurs(next: string): boolean {
  return /^\/(?![/\\])/.test(next) && !next.startsWith("/sign-in");
}

export default function SignInPage() {
  const next = textOf(useSearch({ strict: false }), "next", "/");
  const router = useRouter();
  useDocumentTitle("Sign in");
  const enter = () => {
    queryClient.clear();
    void router.navigate({ href: isOurs(next) ? next : "/", replace: true });
  };
  return (
    <div className="m-auto flex w-full max-w-sm flex-col gap-5 px-4 py-10">
      <div className="flex items-center gap-3">
        <img src={icon} alt="" width={32} height={32} />
        <h1 tabIndex={-1} className="text-xl font-semibold tracking-tight">
          Sign in to Penstock
        </h1>
      </div>
      <div className="rounded-lg border border-line bg-surface p-5 shadow-card">
        <SignInForm onSignedIn={enter} />
      </div>
    </div>
  );
}
