/** An address as it may be shown: without the password in it. */
export function shownAddress(url: string): string {
  return url.replace(/(:\/\/[^:/@]*):[^/]*@/, '$1:***@');
}
