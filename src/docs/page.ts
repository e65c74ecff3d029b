import { list, type Markup, raw } from './markup.js';
import { style } from './page.style.js';

export interface PageParts {
  readonly title: string;
  readonly heading: Markup;
  readonly lead: Markup;
  readonly nav: readonly Markup[];
  readonly main: Markup;
}

/** A page of the docs. No script, nothing from elsewhere. */
export function page({ title, heading, lead, nav, main }: PageParts): string {
  return raw`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${{ markup: style }}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header>
<h1>${heading}</h1>
<p>${lead}</p>
</header>
<nav aria-label="Pages and sections">${list(nav)}</nav>
<main id="main">${main}</main>
</body>
</html>
`.markup;
}
