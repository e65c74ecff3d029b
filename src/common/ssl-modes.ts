/** How much of TLS to a database is asked for: names and meaning are those of MySQL's own clients. */
export const sslModes = {
  DISABLED: undefined,
  /** Encrypted, to whoever answers. */
  REQUIRED: { rejectUnauthorized: false },
  /** And only where somebody whom Node trusts has signed the certificate. */
  VERIFY_CA: { rejectUnauthorized: true },
  /** And only where it is for the host in the address. */
  VERIFY_IDENTITY: { rejectUnauthorized: true, verifyIdentity: true },
} as const;

export type SslMode = keyof typeof sslModes;

/** Takes the query off an address. @returns undefined where it says anything but `ssl-mode=` and one of the modes */
export function splitSslMode(url: string): { address: string; mode: SslMode } | undefined {
  const [address = '', ...queries] = url.split('?');
  const query = [...new URLSearchParams(queries.join('?'))];
  const [name, value] = query[0] ?? ['ssl-mode', 'DISABLED'];
  if (query.length > 1 || name !== 'ssl-mode' || !Object.hasOwn(sslModes, value)) return undefined;
  return { address, mode: value as SslMode };
}
