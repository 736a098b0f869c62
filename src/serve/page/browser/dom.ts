/** What of the DOM is used here. Its own types would be global, and the server has no `document`. */
export interface El {
  textContent: string | null;
  value: string;
  hidden: boolean;
  disabled: boolean;
  className: string;
  readonly clientWidth: number;
  readonly children: Iterable<El>;
  readonly style: { setProperty(name: string, value: string): void };
  append(...children: (El | string)[]): void;
  replaceChildren(...children: (El | string)[]): void;
  setAttribute(name: string, value: string): void;
  addEventListener(type: string, listener: (event: { preventDefault(): void }) => void): void;
}

declare const document: {
  title: string;
  readonly hidden: boolean;
  getElementById(id: string): El;
  createElement(name: string): El;
  createElementNS(space: string, name: string): El;
  addEventListener(type: string, listener: () => void): void;
};

/** An element of the page. */
export function byId(id: string): El {
  return document.getElementById(id);
}

/** A new element. */
export function make(
  name: string,
  attributes: Record<string, string | number>,
  ...children: (El | string)[]
): El {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** A new element of SVG. */
export function draw(
  name: string,
  attributes: Record<string, string | number>,
  ...children: (El | string)[]
): El {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** Shows a text; touches the page only where it has changed. */
export function say(id: string, text: string): void {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/** The title of the tab. */
export function sayTitle(text: string): void {
  if (document.title !== text) document.title = text;
}

/** Whether nobody sees the page. */
export function isHidden(): boolean {
  return document.hidden;
}

/** Calls `listener` when the page comes into view or goes out of it. */
export function onVisibility(listener: () => void): void {
  document.addEventListener('visibilitychange', listener);
}
