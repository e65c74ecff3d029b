import { dictionary } from '@zxcvbn-ts/language-common';

const MIN_CHARACTERS = 8;
export const MAX_PASSWORD_BYTES = 1024;

/** Of the demo users of a development machine. The README says it, so it is good for nobody else. */
export const DEMO_PASSWORD = 'hadir-demo-2026';

/** What the administrator of the settings is called at first. */
export const ADMIN_NAME = 'Administrator';

const PRODUCT = 'hadir';
/** Shorter ones stand in too many texts by chance. */
const MIN_WORD = 4;

const common = new Set([DEMO_PASSWORD, ...dictionary.passwords.filter(({ length }) => length >= MIN_CHARACTERS)]);

/** What keeps a text from being anybody's new password, or undefined. */
export function weakness(password: unknown): string | undefined {
  if (typeof password !== 'string') return 'must be a text';
  if (charactersOf(password).length < MIN_CHARACTERS || Buffer.byteLength(password) > MAX_PASSWORD_BYTES)
    return `must have at least ${MIN_CHARACTERS} characters, and at most ${MAX_PASSWORD_BYTES} bytes`;
  return common.has(password.toLowerCase()) ? 'is one of the passwords that everybody tries first' : undefined;
}

/** Whose password it would be, and where. */
export interface PasswordContext {
  readonly email: string;
  readonly displayName: string;
  /** The whitelist of origins. */
  readonly origins: readonly string[];
}

/**
 * What keeps a text from being this user's password here, or undefined. The words that whoever knows the place and the
 * person tries first may stand in it, but without them it must still be good enough for anybody.
 */
export function weaknessHere(password: string, context: PasswordContext): string | undefined {
  const left = without(password, wordsOf(context));
  if (left === password) return undefined;
  const isEnough = charactersOf(left.replace(/(.)\1+/gsu, '$1')).length >= MIN_CHARACTERS;
  if (isEnough && !common.has(left.toLowerCase())) return undefined;
  return 'is too short without the name of this service, of its address or of the user';
}

function wordsOf({ email, displayName, origins }: PasswordContext): string[] {
  const [mailbox = ''] = email.split('@');
  const texts = [PRODUCT, mailbox, displayName, ...origins.map(nameOf)];
  return texts
    .flatMap((text) => text.split(/[^\p{L}\p{M}\p{N}]+/u))
    .filter((word) => charactersOf(word).length >= MIN_WORD);
}

/** The host of an origin without its last part, com for one. */
function nameOf(origin: string): string {
  if (!URL.canParse(origin)) return '';
  const { hostname } = new URL(origin);
  return hostname.replace(/(?<=.)\.[^.]+$/, '');
}

/** A text without these words, also where letters are written as digits. */
function without(text: string, words: readonly string[]): string {
  let letters = charactersOf(text).map((character) => ({ character, plain: plain(character) }));
  const longestFirst = words.map((word) => charactersOf(word).map(plain)).sort((a, b) => b.length - a.length);
  for (const word of longestFirst) {
    for (let at = 0; at <= letters.length - word.length;) {
      const isHere = word.every((letter, index) => letters[at + index]?.plain === letter);
      if (isHere) letters = [...letters.slice(0, at), ...letters.slice(at + word.length)];
      else at += 1;
    }
  }
  return letters.map(({ character }) => character).join('');
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  ...{ '@': 'a', '4': 'a', '3': 'e', '6': 'g', '9': 'g', '1': 'i', '!': 'i', '|': 'i', l: 'i' },
  ...{ '0': 'o', $: 's', '5': 's', '7': 't', '+': 't' },
};

/** A character without case and accents, and a digit or sign as the letter it stands for. */
function plain(character: string): string {
  const [base = ''] = character.normalize('NFKD').toLowerCase();
  return LOOKALIKES[base] ?? base;
}

const charactersOf = (text: string) => Array.from(text);
