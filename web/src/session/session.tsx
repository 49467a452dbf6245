import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';
import { z } from 'zod';
import { refreshTokens, type Tokens } from './cognito.ts';
import { pageConfig } from './page-config.ts';

const sessionSchema = z.object({
  username: z.string(),
  idToken: z.string(),
  refreshToken: z.string().optional(),
  expiresAt: z.number(),
});
export type Session = z.infer<typeof sessionSchema>;

interface SessionHandle {
  session: Session | undefined;
  begin: (username: string, tokens: Tokens) => void;
  signOut: () => void;
  /** A token that is good for at least another minute. @throws where the session has ended. */
  freshToken: () => Promise<string>;
}

const storageKey = 'wirescope.session';
const renewBeforeMilliseconds = 60_000;
const Context = createContext<SessionHandle | undefined>(undefined);

/** The session lasts as long as the tab: nothing of it is left behind on a shared desk's machine. */
function stored(): Session | undefined {
  const text = sessionStorage.getItem(storageKey);
  if (!text) return undefined;
  const parsed = sessionSchema.safeParse(JSON.parse(text));
  return parsed.success && (parsed.data.expiresAt > Date.now() || parsed.data.refreshToken) ? parsed.data : undefined;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | undefined>(stored);
  const queries = useQueryClient();

  const keep = useCallback((next: Session | undefined) => {
    if (next) sessionStorage.setItem(storageKey, JSON.stringify(next));
    else sessionStorage.removeItem(storageKey);
    setSession(next);
  }, []);

  const handle = useMemo<SessionHandle>(() => {
    const signOut = (): void => {
      keep(undefined);
      queries.clear();
    };
    return {
      session,
      begin: (username, tokens) => keep({ username, ...tokens }),
      signOut,
      async freshToken() {
        const current = stored();
        if (!current) throw new Error('Your session has ended: sign in again.');
        if (current.expiresAt - Date.now() > renewBeforeMilliseconds) return current.idToken;
        if (!current.refreshToken) return current.idToken;
        try {
          const renewed = {
            username: current.username,
            ...(await refreshTokens(await pageConfig(), current.refreshToken)),
          };
          keep(renewed);
          return renewed.idToken;
        } catch (error) {
          signOut();
          throw error;
        }
      },
    };
  }, [session, keep, queries]);

  return <Context.Provider value={handle}>{children}</Context.Provider>;
}

export function useSession(): SessionHandle {
  const handle = useContext(Context);
  if (!handle) throw new Error('useSession is called outside its provider');
  return handle;
}
