import { z } from 'zod';
import { siteSections } from '../report/site/section-names.ts';
import { nearestName } from '../table/index.ts';
import { commonSchema, path } from './flags.ts';

const price = z.string().transform((text, context) => {
  const [, perHour, , cores] = /^(\d+(?:\.\d+)?)(\/(\d+))?$/.exec(text.trim()) ?? [];
  if (Number(perHour) > 0 && (cores === undefined || Number(cores) > 0))
    return { perHour: Number(perHour), cores: cores === undefined ? null : Number(cores) };
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a price above 0 such as 4.848, or 4.848/48 for 48 cores`,
  });
  return z.NEVER;
});

const sections = z.string().transform((text, context) => {
  const names = text.split(',').map((name) => name.trim());
  const known = Object.keys(siteSections);
  for (const name of names.filter((one) => !known.includes(one))) {
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    context.addIssue({
      code: 'custom',
      message: `"${name}" is none of the sections ${known.join(', ')}${hint}`,
    });
  }
  return names;
});

/** Flags of `thinfer report --site DIR`. */
export const siteSchema = commonSchema.extend({
  site: path,
  pricePerHour: price.optional(),
  only: sections.optional(),
});
export type SiteFlags = z.output<typeof siteSchema>;
