import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/design/button";
import { ErrorState } from "@/design/error-state";
import { Field } from "@/design/field";
import { TextField } from "@/design/text-field";
import { signIn } from "./queries";

const REFUSED = 401;

export function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [credential, setCredential] = useState("");
  const attempt = useMutation({ mutationFn: signIn, onSuccess: onSignedIn });
  const refused = attempt.error !== null && (attempt.error as { status?: number }).status === REFUSED;
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (credential !== "" && !attempt.isPending) attempt.mutate(credential);
      }}
    >
      <Field
        label="Credential"
        hint="What the server was started with, as user:password."
        error={refused ? "The server does not know this credential." : undefined}
        required
      >
        <TextField
          type="password"
          name="password"
          autoComplete="current-password"
          autoFocus
          value={credential}
          onChange={setCredential}
        />
      </Field>
      {attempt.error && !refused ? <ErrorState error={attempt.error} compact /> : null}
      <Button kind="primary" type="submit" busy={attempt.isPending} disabled={credential === ""}>
        Sign in
      </Button>
    </form>
  );
}
