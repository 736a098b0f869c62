import type { Tree } from './tree.ts';
import type { Allocator } from './types.ts';

/** Shared objects of each allocator, preferred first: distributions install versions beside each other. */
const libraries: readonly { readonly name: string; readonly pattern: RegExp }[] = [
  { name: 'jemalloc', pattern: /^libjemalloc\.so\.\d+$/ },
  { name: 'tcmalloc', pattern: /^libtcmalloc\.so\.\d+$/ },
  { name: 'tcmalloc_minimal', pattern: /^libtcmalloc_minimal\.so\.\d+$/ },
  { name: 'mimalloc', pattern: /^libmimalloc\.so\.\d+(\.\d+)?$/ },
];

/**
 * Finds the memory allocators an instance can be started with (`LD_PRELOAD`): the C library's own always, others
 * where their library lies in one of the usual folders. Names come once, the first folder wins.
 *
 * @param architecture As `uname -m`; picks the folder of Debian's multiarch layout.
 */
export function findAllocators(tree: Tree, architecture: string): readonly Allocator[] {
  const folders = [
    '/usr/local/lib',
    `/usr/lib/${architecture}-linux-gnu`,
    `/lib/${architecture}-linux-gnu`,
    '/usr/lib64',
    '/usr/lib',
  ];
  const files = folders.flatMap((folder) => tree.names(folder).map((name) => ({ folder, name })));
  const found = libraries.flatMap(({ name, pattern }) => {
    const file = files.find((candidate) => pattern.test(candidate.name));
    return file === undefined ? [] : [{ name, path: `${file.folder}/${file.name}` }];
  });
  return [{ name: 'glibc', path: null }, ...found];
}
