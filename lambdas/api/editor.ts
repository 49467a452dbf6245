/** Claims of a token of the user pool, which the API's authoriser has verified. */
type Claims = Readonly<Record<string, unknown>>;

/**
 * Who is signed in, as a colleague would know them: by e-mail address or user name, else by the pool's own id.
 * ID tokens and access tokens spell the name differently.
 */
export const editorOf = (claims: Claims): string =>
  String(claims['email'] ?? claims['cognito:username'] ?? claims['username'] ?? claims['sub'] ?? 'an editor');
