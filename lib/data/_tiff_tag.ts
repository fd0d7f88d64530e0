const BIG_TIFF = 43;

/**
 * The value of a tag in the first directory of a TIFF, for tags that hold one short number.
 *
 * Source: TIFF 6.0, section 2; of BigTIFF, offsets and counts have eight bytes in place of four or two.
 */
export function tiffTag(bytes: Uint8Array, tag: number): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isLittle = bytes[0] === 0x49; // "II", else "MM".
  const isBig = view.getUint16(2, isLittle) === BIG_TIFF;
  const offset = (at: number) =>
    isBig ? Number(view.getBigUint64(at, isLittle)) : view.getUint32(at, isLittle);
  const directory = offset(isBig ? 8 : 4);
  const count = isBig ? offset(directory) : view.getUint16(directory, isLittle);
  const [first, entryBytes, valueAt] = isBig ? [directory + 8, 20, 12] : [directory + 2, 12, 8];
  for (let entry = first; entry < first + count * entryBytes; entry += entryBytes) {
    if (view.getUint16(entry, isLittle) !== tag) continue;
    return view.getUint16(entry + valueAt, isLittle);
  }
  return undefined;
}
