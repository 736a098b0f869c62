import { z } from 'zod';
import { parseSizes, sizesSyntax } from '../load/requests/parse-sizes.ts';

/** `1,4,8`: each as likely; a number that stands twice is twice as likely. `1-8`: any of them. */
export const itemsList = z.string().transform((text, context) => {
  const sizes = parseSizes(text);
  if (sizes !== null) return sizes;
  context.addIssue({ code: 'custom', message: `"${text}" is not ${sizesSyntax}` });
  return z.NEVER;
});

/** `NAME=SIZES`, repeated: the same for free dimensions. */
export const dimSizes = z.array(z.string()).transform((texts, context) => {
  const lists: Record<string, readonly number[]> = {};
  for (const text of texts) {
    const [, name = '', sizes = ''] = /^(.+)=([^=]*)$/.exec(text) ?? [];
    const list = parseSizes(sizes);
    const wrong =
      name === '' || list === null
        ? `is not NAME=SIZES, such as sequence=128; sizes are ${sizesSyntax}`
        : Object.hasOwn(lists, name)
          ? `${name} is given twice; give a list`
          : null;
    if (wrong !== null) context.addIssue({ code: 'custom', message: `"${text}" ${wrong}` });
    else lists[name] = list!;
  }
  return lists;
});
