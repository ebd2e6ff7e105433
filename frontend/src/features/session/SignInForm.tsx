import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { openSession, type CredentialsRequest } from "@/api/generated";
import { meQueryKey } from "@/api/generated/@tanstack/react-query.gen";

/** Name and password. Afterwards the session's query holds who signed in, and the page around it moves on. */
export function SignInForm() {
  const queries = useQueryClient();
  const [credentials, setCredentials] = useState<CredentialsRequest>({ username: "", password: "" });
  const signIn = useMutation({
    meta: { signsIn: true },
    mutationFn: async (body: CredentialsRequest) => (await openSession({ body, throwOnError: true })).data,
    onSuccess: (me) => queries.setQueryData(meQueryKey(), me),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate(credentials);
  };
  const change = (field: keyof CredentialsRequest) => (event: { currentTarget: HTMLInputElement }) =>
    setCredentials({ ...credentials, [field]: event.currentTarget.value });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {signIn.error && (
          <Alert color="red" variant="light" role="alert">
            {signIn.error.message}
          </Alert>
        )}
        <TextInput id="username" label="Username" autoComplete="username" autoCapitalize="none" spellCheck={false}
          autoFocus required withAsterisk={false} value={credentials.username} onChange={change("username")} />
        <PasswordInput id="password" label="Password" autoComplete="current-password" required withAsterisk={false}
          value={credentials.password} onChange={change("password")} visibilityToggleButtonProps={{ "aria-label": "Show the password" }} />
        <Button id="login-btn" type="submit" size="sm" mt={4} loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
