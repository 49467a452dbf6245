import { CognitoIdentityProviderClient, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { local } from '../../lib/config/local.ts';

if (!local.demoEditor) throw new Error('the local environment names no demo editor');

/** The one person of the local demo. The account exists in the emulator only, which nothing but this machine reaches. */
export const demoEditor = local.demoEditor;

/** Signs in as the page does. @returns the token that the API's authorizer takes. */
export async function signIn(clientId: string): Promise<string> {
  const answer = await new CognitoIdentityProviderClient({}).send(
    new InitiateAuthCommand({
      ClientId: clientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: demoEditor.username, PASSWORD: demoEditor.password },
    }),
  );
  const token = answer.AuthenticationResult?.IdToken;
  if (!token) throw new Error(`signing in as ${demoEditor.username} gave no token`);
  return token;
}
