import * as charts from './browser/charts.ts';
import * as dom from './browser/dom.ts';
import * as form from './browser/form.ts';
import * as format from './browser/format.ts';
import * as lanes from './browser/lanes.ts';
import * as live from './browser/live.ts';
import * as modelView from './browser/model-view.ts';
import * as request from './browser/request.ts';
import * as tables from './browser/tables.ts';
import * as timeline from './browser/timeline.ts';
import * as words from './browser/words.ts';

/** Everything that runs in the browser, as one script. */
export function pageScript(): string {
  const functions = [dom, format, charts, words, request, form, lanes, timeline, tables, modelView, live]
    .flatMap((module) => Object.values(module))
    .map(String);
  return `'use strict';\n(() => {\n${functions.join('\n')}\nstartPage();\n})();\n`;
}
