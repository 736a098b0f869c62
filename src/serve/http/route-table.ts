import { invariant } from '../../errors.ts';
import type { AccessClass, ErrorForm, Method, Route } from './route.ts';

interface Node {
  readonly literals: Map<string, Node>;
  anything: Node | null;
  readonly routes: Map<string, Route>;
}

/** A route with the names and values of its path's parameters. */
export interface Match {
  readonly state: 'found';
  readonly route: Route;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

/** `methods`: what the path would answer to. */
export type Lookup =
  | Match
  | { readonly state: 'no-path' }
  | { readonly state: 'no-method'; readonly methods: readonly string[] };

/** All routes of a server. Listeners share one table and answer the routes of their access classes. */
export class RouteTable {
  private readonly root = newNode();
  private readonly namesOf = new Map<Route, readonly string[]>();
  private readonly all: Route[] = [];
  /** By the first segment of their routes' paths. */
  private readonly errorForms = new Map<string, ErrorForm>();

  constructor(routes: readonly Route[] = []) {
    for (const route of routes) this.add(route);
  }

  get routes(): readonly Route[] {
    return this.all;
  }

  /** Adds a route. Throws `bug` for a method and path that are taken. */
  add(route: Route): void {
    const names: string[] = [];
    let node = this.root;
    for (const segment of segmentsOf(route.path)) {
      const named = segment.startsWith('{') && segment.endsWith('}');
      if (named) names.push(segment.slice(1, -1));
      node = named ? anythingOf(node) : literalOf(node, segment);
    }
    invariant(!node.routes.has(route.method), `${route.method} ${route.path} is one route.`);
    node.routes.set(route.method, route);
    this.namesOf.set(route, names);
    this.all.push(route);
    if (route.errorOf !== undefined) this.errorForms.set(firstSegment(route.path), route.errorOf);
  }

  /** What errors look like to who asks for `url`, be there a route or not; undefined: as usual. */
  errorFormOf(url: string): ErrorForm | undefined {
    return this.errorForms.get(firstSegment(pathOf(url)));
  }

  /** The methods that a path answers to; none where it is not there. */
  methodsOf(url: string, classes: ReadonlySet<AccessClass>): readonly string[] {
    const node = walk(this.root, pathOf(url), 1, [], classes);
    return node === null ? [] : methodsOf(node, classes);
  }

  /** The route of a request; `url` as it stands in the request line. Routes of other classes are not there. */
  find(method: string, url: string, classes: ReadonlySet<AccessClass>): Lookup {
    const values: string[] = [];
    const node = walk(this.root, pathOf(url), 1, values, classes);
    if (node === null) return { state: 'no-path' };
    const route = node.routes.get(method === 'HEAD' ? 'GET' : method);
    if (route === undefined || !classes.has(route.access))
      return { state: 'no-method', methods: methodsOf(node, classes) };
    return { state: 'found', route, names: this.namesOf.get(route)!, values };
  }
}

function newNode(): Node {
  return { literals: new Map(), anything: null, routes: new Map() };
}

function anythingOf(node: Node): Node {
  node.anything ??= newNode();
  return node.anything;
}

function literalOf(node: Node, segment: string): Node {
  let next = node.literals.get(segment);
  if (next === undefined) {
    next = newNode();
    node.literals.set(segment, next);
  }
  return next;
}

function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return path.slice(1, end < 0 ? path.length : end);
}

function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/** Without query, without scheme and host (proxies send them), without a slash at the end. */
function pathOf(url: string): string {
  let from = 0;
  if (url.charCodeAt(0) !== 0x2f) {
    const host = url.indexOf('://');
    from = host < 0 ? url.length : url.indexOf('/', host + 3);
    if (from < 0) from = url.length;
  }
  const query = url.indexOf('?', from);
  let to = query < 0 ? url.length : query;
  if (to - from > 1 && url.charCodeAt(to - 1) === 0x2f) to -= 1;
  return from === 0 && to === url.length ? url : url.slice(from, to);
}

/** Literal segments go first; what they don't lead to is tried with names: a model may be called `stats`. */
function walk(
  node: Node,
  path: string,
  at: number,
  values: string[],
  classes: ReadonlySet<AccessClass>,
): Node | null {
  if (at >= path.length) return path.length > 0 && answers(node, classes) ? node : null;
  const slash = path.indexOf('/', at);
  const end = slash < 0 ? path.length : slash;
  const segment = path.slice(at, end);
  const literal = node.literals.get(segment);
  const found = literal === undefined ? null : walk(literal, path, end + 1, values, classes);
  if (found !== null || node.anything === null) return found;
  const value = decoded(segment);
  if (value === '') return null;
  values.push(value);
  const named = walk(node.anything, path, end + 1, values, classes);
  if (named === null) values.pop();
  return named;
}

function answers(node: Node, classes: ReadonlySet<AccessClass>): boolean {
  for (const route of node.routes.values()) if (classes.has(route.access)) return true;
  return false;
}

/** Empty where the segment is not well-formed. */
function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

function methodsOf(node: Node, classes: ReadonlySet<AccessClass>): string[] {
  const methods: string[] = [];
  for (const [method, route] of node.routes) {
    if (!classes.has(route.access)) continue;
    methods.push(method);
    if (method === ('GET' satisfies Method)) methods.push('HEAD');
  }
  return methods;
}
