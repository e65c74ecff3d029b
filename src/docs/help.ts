/** What somebody who meets a code needs to know. */
export interface Help {
  /** How it comes about. */
  readonly cause: string;
  /** What the client should do now. */
  readonly action: string;
}

export const help = (cause: string, action: string): Help => ({ cause, action });
