import { HadirError } from '@hadir/client';

/** What went wrong, for whoever looks at the page: the message, and which fields. */
export function message(error: unknown): string {
  if (!(error instanceof HadirError)) return error instanceof Error ? error.message : String(error);
  const fields = error.details.map(({ field, message: what }) => `${field} ${what}`).join('; ');
  return fields ? `${error.message} ${fields}` : error.message;
}

/** 0.4 ms, 12 ms, 1.2 s */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** 03:22.081, the hour left out */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  const [minutes, seconds] = [date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** just now, 3 min ago, 5 h ago, 2 d ago */
export function ago(time: string): string {
  const minutes = Math.floor((Date.now() - Date.parse(time)) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} d ago`;
}

/** in 14 min, in 20 s */
export function inTime(ms: number): string {
  if (ms <= 0) return 'now';
  return ms < 60_000 ? `in ${Math.ceil(ms / 1000)} s` : `in ${Math.round(ms / 60_000)} min`;
}

/** The first letters of up to two words. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean).slice(0, 2);
  return words.map((word) => String.fromCodePoint(word.codePointAt(0) ?? 0).toUpperCase()).join('');
}
