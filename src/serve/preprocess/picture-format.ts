const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const jpegSignature = [0xff, 0xd8, 0xff];

/** What the first bytes say a picture is; undefined for anything but JPEG and PNG. */
export function pictureFormat(bytes: Uint8Array): 'jpeg' | 'png' | undefined {
  const begins = (signature: readonly number[]): boolean => signature.every((byte, at) => bytes[at] === byte);
  if (begins(jpegSignature)) return 'jpeg';
  return begins(pngSignature) ? 'png' : undefined;
}
