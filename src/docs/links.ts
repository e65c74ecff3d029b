import type { ProblemCode } from '../protocol/index.js';
import { type Markup, raw } from './markup.js';

/** Where a code is explained. */
export const errorPath = (code: ProblemCode): string => `/docs/errors/${code}`;
export const closePath = (code: number): string => `/docs/close/${code}`;

export const errorLink = (code: ProblemCode): Markup =>
  raw`<a class="code" href="${errorPath(code)}"><code>${code}</code></a>`;
export const closeLink = (code: number): Markup =>
  raw`<a class="code" href="${closePath(code)}"><code>${code}</code></a>`;

/** What every page of codes leads to. */
export const codeNav: readonly Markup[] = [
  raw`<a href="/docs/ws">WebSocket</a>`,
  raw`<a href="/docs/errors">Errors</a>`,
  raw`<a href="/docs/close">Close codes</a>`,
  raw`<a class="aside" href="/docs">REST API</a>`,
];
