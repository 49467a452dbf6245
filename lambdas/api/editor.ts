/** Groups of the user pool whose members belong to a desk. */
const deskGroupPrefix = 'desk-';

/** Claims of a token of the user pool, which the API's authoriser has verified. */
type Claims = Readonly<Record<string, unknown>>;

/**
 * Who is signed in, as a colleague would know them: by e-mail address or user name, else by the pool's own id.
 * ID tokens and access tokens spell the name differently.
 */
export const editorOf = (claims: Claims): string =>
  String(claims['email'] ?? claims['cognito:username'] ?? claims['username'] ?? claims['sub'] ?? 'an editor');

/** The authoriser hands a list on as `[one two]`. */
const groupsOf = (claims: Claims): string[] => {
  const groups = claims['cognito:groups'];
  return Array.isArray(groups) ? groups.map(String) : (String(groups ?? '').match(/[^[\]\s,]+/g) ?? []);
};

/**
 * The desks that an editor belongs to: the groups `desk-DESK`. A newsroom that does not divide its editors into desks
 * has no such groups, and every editor belongs to all of them.
 */
export function desksOf(claims: Claims): readonly string[] | 'all' {
  const desks = groupsOf(claims).flatMap((group) =>
    group.startsWith(deskGroupPrefix) ? [group.slice(deskGroupPrefix.length)] : [],
  );
  return desks.length === 0 ? 'all' : desks;
}
