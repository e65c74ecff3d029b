/**
 * Reads a web origin as browsers send it (RFC 6454): scheme, host and, unless it is the scheme's own, port.
 * @returns the origin, or undefined when the text is anything else: a path, a wildcard, `null`, user info, a trailing dot or slash, upper case.
 */
export function parseOrigin(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#@\s]+$/.test(text)) return undefined;
  if (!URL.canParse(text)) return undefined;
  const { origin, hostname } = new URL(text);
  return origin === text && !hostname.endsWith('.') && !hostname.includes('*') ? origin : undefined;
}
