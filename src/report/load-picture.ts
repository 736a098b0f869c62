import { csvField } from './csv.ts';
import { html, type Markup } from './html.ts';
import type { LoadFigure } from './load-figure.ts';
import { type Chart, renderChart } from './render-chart.ts';
import { bakeColours } from './theme.ts';

const fonts = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif";
const width = 720;
const side = 24;
/** A PNG has so many pixels for one of CSS. */
const pixelRatio = 2;

/** A chart as a picture that stands alone, in light colours: its title, measure and source stay with it. */
export function pictureOf({ title, subtitle, foot, chart }: LoadFigure): string {
  const drawn: Chart = chart(width - 2 * side);
  const inner = renderChart(drawn).replace(
    /^<svg /,
    `<svg x="${side}" y="%TOP%" width="${drawn.width}" height="${drawn.height}" `,
  );
  const lines = [
    ...wrapped(title, 19, 0.68).map((words) => ({ words, size: 19, weight: 700, color: 'ink', step: 25 })),
    ...wrapped(subtitle, 13, 0.57).map((words) => ({
      words,
      size: 13,
      weight: 400,
      color: 'muted',
      step: 18,
    })),
  ];
  let y = side;
  const head = lines.map(({ words, size, weight, color, step }) => {
    y += step;
    return textLine(words, y, { size, weight, color });
  });
  const top = y + 14;
  y = top + drawn.height + 4;
  const source = wrapped(foot, 11, 0.57).map((words) => {
    y += 15;
    return textLine(words, y, { size: 11, weight: 400, color: 'muted' });
  });
  const height = y + 14;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fonts}"><rect width="${width}" height="${height}" fill="var(--page)"/>${head.join('')}${inner.replace('%TOP%', String(top))}${source.join('')}</svg>`;
  return bakeColours(svg, 'light');
}

function textLine(
  words: string,
  y: number,
  { size, weight, color }: { readonly size: number; readonly weight: number; readonly color: string },
): string {
  return `<text x="${side}" y="${y}" font-size="${size}" font-weight="${weight}" fill="var(--${color})">${html`${words}`.text}</text>`;
}

/** Lines of words that fit. @param letter Mean width of a letter, as a share of the font's size; DejaVu's are the widest that are common. */
function wrapped(text: string, size: number, letter: number): string[] {
  const most = Math.floor((width - 2 * side) / (size * letter));
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** The rows of a figure as RFC 4180 has it, numbers unrounded. */
export function figureCsv({ columns, rows }: LoadFigure): string {
  return [columns.map(({ name }) => name), ...rows]
    .map((row) => `${row.map(csvField).join(',')}\r\n`)
    .join('');
}

/**
 * A picture as PNG, of few colours: letters and lines need no more. Its letters are those of the fonts of this machine.
 *
 * @param colours Charts of many lines need more of them.
 */
export async function pngOf(svg: string, colours = 16): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  // Pictures are made once: libvips has nothing to remember.
  sharp.cache(false);
  return await sharp(Buffer.from(svg), { density: 72 * pixelRatio })
    .png({ palette: true, colours, dither: 0, effort: 1 })
    .toBuffer();
}

/** Links that hold a figure as SVG, PNG and CSV. The PNG's letters are those of the fonts of this machine. */
export async function pictureLinks(figure: LoadFigure): Promise<Markup> {
  const svg = pictureOf(figure);
  const png = await pngOf(svg);
  const link = (end: string, type: string, bytes: Buffer): Markup =>
    html`<a download="${figure.file}.${end}" href="data:${type};base64,${bytes.toString('base64')}">${end.toUpperCase()}</a>`;
  return html`${link('svg', 'image/svg+xml', Buffer.from(svg))} · ${link('png', 'image/png', png)} · ${link('csv', 'text/csv', Buffer.from(figureCsv(figure)))}`;
}
