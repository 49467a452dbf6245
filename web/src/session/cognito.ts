import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  type InitiateAuthCommandOutput,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import type { PageConfig } from '../../../lambdas/contracts/api.ts';

export interface Tokens {
  idToken: string;
  refreshToken?: string;
  expiresAt: number;
}

/** Somebody who was invited must choose a password of their own before the first session. */
export interface NewPasswordChallenge {
  username: string;
  session: string;
}

const clientFor = (config: PageConfig): CognitoIdentityProviderClient =>
  new CognitoIdentityProviderClient({
    region: config.cognito.region,
    // These calls of the user pool API are not signed; the client only insists on having credentials to hand.
    credentials: { accessKeyId: 'unsigned', secretAccessKey: 'unsigned' },
    ...(config.cognito.endpoint ? { endpoint: config.cognito.endpoint } : {}),
  });

function tokensOf(answer: InitiateAuthCommandOutput, refreshToken?: string): Tokens {
  const result = answer.AuthenticationResult;
  if (!result?.IdToken) throw new Error('The sign-in service gave no session: try again.');
  const kept = result.RefreshToken ?? refreshToken;
  return {
    idToken: result.IdToken,
    ...(kept ? { refreshToken: kept } : {}),
    expiresAt: Date.now() + (result.ExpiresIn ?? 300) * 1000,
  };
}

export async function signInWithPassword(
  config: PageConfig,
  username: string,
  password: string,
): Promise<Tokens | NewPasswordChallenge> {
  const answer = await clientFor(config).send(
    new InitiateAuthCommand({
      ClientId: config.cognito.clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  );
  if (answer.ChallengeName === 'NEW_PASSWORD_REQUIRED' && answer.Session) return { username, session: answer.Session };
  return tokensOf(answer);
}

export async function answerNewPassword(
  config: PageConfig,
  challenge: NewPasswordChallenge,
  newPassword: string,
): Promise<Tokens> {
  const answer = await clientFor(config).send(
    new RespondToAuthChallengeCommand({
      ClientId: config.cognito.clientId,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: challenge.session,
      ChallengeResponses: { USERNAME: challenge.username, NEW_PASSWORD: newPassword },
    }),
  );
  return tokensOf(answer);
}

export async function refreshTokens(config: PageConfig, refreshToken: string): Promise<Tokens> {
  const answer = await clientFor(config).send(
    new InitiateAuthCommand({
      ClientId: config.cognito.clientId,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: refreshToken },
    }),
  );
  return tokensOf(answer, refreshToken);
}
