import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answerNewPassword, type NewPasswordChallenge, signInWithPassword } from './cognito.ts';
import { pageConfig } from './page-config.ts';
import { useSession } from './session.tsx';

const words: Record<string, string> = {
  NotAuthorizedException: 'That name and password do not go together.',
  UserNotFoundException: 'That name and password do not go together.',
  InvalidPasswordException: 'That password is too simple: at least 12 characters, upper and lower case, and a digit.',
  TooManyRequestsException: 'Too many attempts: wait a minute.',
};
const explain = (error: unknown): string =>
  words[(error as Error).name] ?? 'The sign-in service does not answer: try again in a moment.';

export function SignIn() {
  const { begin } = useSession();
  const config = useQuery({ queryKey: ['page-config'], queryFn: pageConfig });
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [challenge, setChallenge] = useState<NewPasswordChallenge>();
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  async function attempt(name: string, secret: string): Promise<void> {
    if (!config.data) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const outcome = challenge
        ? await answerNewPassword(config.data, challenge, secret)
        : await signInWithPassword(config.data, name, secret);
      if ('session' in outcome) {
        setChallenge(outcome);
        setPassword('');
      } else begin(name, outcome);
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  }

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void attempt(username, password);
  };
  const demo = config.data?.demoEditor;

  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w={400} maw="100%">
        <form onSubmit={submit}>
          <Stack>
            <Title order={1} fz="h2">
              Wirescope
            </Title>
            <Text c="dimmed">Photos, video and stories in one archive.</Text>
            {config.isError && <Alert color="red">This page has no configuration yet: reload it in a moment.</Alert>}
            {problem && (
              <Alert color="red" role="alert">
                {problem}
              </Alert>
            )}
            {challenge ? (
              <Text>Choose a password of your own before you go on.</Text>
            ) : (
              <TextInput
                label="E-mail"
                type="email"
                autoComplete="username"
                value={username}
                onChange={(event) => setUsername(event.currentTarget.value)}
                required
              />
            )}
            <PasswordInput
              label={challenge ? 'New password' : 'Password'}
              autoComplete={challenge ? 'new-password' : 'current-password'}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              required
            />
            <Button type="submit" loading={isBusy} disabled={!config.data}>
              {challenge ? 'Save and sign in' : 'Sign in'}
            </Button>
            {demo && !challenge && (
              <Button variant="default" onClick={() => void attempt(demo.username, demo.password)} disabled={isBusy}>
                Sign in as the demo editor
              </Button>
            )}
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
