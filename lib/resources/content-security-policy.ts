/** Origins, or folders of origins that end in `/`, which the page may reach beside its own. */
export interface PageSources {
  readonly connect: readonly string[];
  readonly media: readonly string[];
}

/** The page's content security policy: its own scripts only, media and calls only where the archive lies. */
export function contentSecurityPolicy(sources: PageSources): string {
  const directives: Record<string, readonly string[]> = {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    // The component kit writes style elements at run time; they can colour the page, not act in it.
    'style-src': ["'self'", "'unsafe-inline'"],
    'font-src': ["'self'"],
    'img-src': ["'self'", 'data:', 'blob:', ...sources.media],
    'media-src': ["'self'", 'blob:', ...sources.media],
    'connect-src': ["'self'", ...sources.connect],
    'manifest-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
    'object-src': ["'none'"],
  };
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}
