/** What a reader sees of a chart: its marks, turned back into values by the labels of its axes. Runs in the page. */
export interface SeenMark {
  readonly title: string;
  readonly x: number;
  readonly y: number;
}

/** A chart as it is on the page. */
export interface SeenChart {
  readonly id: string;
  readonly label: string;
  readonly marks: readonly SeenMark[];
}

/** The body of a function that gives all visible charts of dots; evaluated in the browser. */
export const readCharts = `(() => {
  const number = (text) => Number(text.replace(/,/g, '').replace('−', '-').replace(/ %$/, ''));
  const place = (element) => {
    const [, x, y] = /translate\\(([-\\d.]+)[ ,]([-\\d.]+)\\)/.exec(element.getAttribute('transform')) ?? [];
    return [Number(x), Number(y)];
  };
  // A straight line through two labels, in the logarithm or not, gives the value of any place.
  const axisOf = (labels, isLog) => {
    const on = isLog ? Math.log2 : (value) => value;
    const [first, last] = [labels[0], labels.at(-1)];
    const slope = (on(last.value) - on(first.value)) / (last.at - first.at);
    return (at) => { const value = on(first.value) + slope * (at - first.at); return isLog ? 2 ** value : value; };
  };
  return [...document.querySelectorAll('figure')].map((figure) => {
    const svg = [...figure.querySelectorAll('.chart svg')].find((one) => one.getBoundingClientRect().width > 0);
    const texts = [...svg.querySelectorAll('text')].map((text) => ({ text, words: text.textContent, at: place(text) }));
    const isNumber = ({ words }) => /^[−-]?[\\d,.]+( %)?$/.test(words);
    const rows = texts.filter((one) => one.text.getAttribute('text-anchor') === 'end' && isNumber(one));
    const columns = texts.filter((one) => one.text.getAttribute('text-anchor') === 'middle' && isNumber(one));
    const isPercent = rows.some(({ words }) => words.endsWith('%'));
    const dots = [...svg.querySelectorAll('circle')];
    if (dots.length === 0 || rows.length < 2 || columns.length < 2) return null;
    const x = axisOf(columns.map(({ words, at }) => ({ value: number(words), at: at[0] })), true);
    const y = axisOf(rows.map(({ words, at }) => ({ value: number(words), at: at[1] })), !isPercent);
    return {
      id: figure.id,
      label: figure.querySelector('.chart').getAttribute('aria-label'),
      marks: dots.map((dot) => ({
        title: dot.querySelector('title').textContent,
        x: x(Number(dot.getAttribute('cx'))),
        y: y(Number(dot.getAttribute('cy'))),
      })),
    };
  }).filter((one) => one !== null);
})()`;
