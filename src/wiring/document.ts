import { Document, isMap, isScalar, isSeq, type Pair, Scalar, visit } from 'yaml';
import type { FieldPath, Fields } from './objects.ts';

/** An object to be printed, with what is to be said of its fields. */
export interface CommentedObject {
  readonly value: Fields;
  /** Lines before a field; the path of the whole object is empty. */
  readonly comments: readonly (readonly [path: FieldPath, text: string])[];
}

/** Texts that YAML 1.1 or 1.2 could take for a number. */
const NUMBER_LIKE = /^-?[\d.+]/;

/** The objects as one stream of YAML documents; the same objects give the same bytes. */
export function printed(objects: readonly CommentedObject[]): string {
  return objects.map((object) => `---\n${printedOne(object)}`).join('');
}

function printedOne({ value, comments }: CommentedObject): string {
  const document = new Document(value, { version: '1.1', aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (key, node) => {
      const isText = typeof node.value === 'string' && key !== 'key';
      if (isText && NUMBER_LIKE.test(node.value as string)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  for (const [path, text] of comments) comment(document, path, text);
  return document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: false });
}

function comment(document: Document, path: FieldPath, text: string): void {
  const lines = text.replace(/^/gm, ' ');
  const key = path.at(-1);
  const parent = document.getIn(path.slice(0, -1), true);
  if (key === undefined) {
    document.commentBefore = lines;
  } else if (isMap(parent)) {
    const pair = parent.items.find((each: Pair) => isScalar(each.key) && each.key.value === key);
    if (isScalar(pair?.key)) pair.key.commentBefore = lines;
  } else if (isSeq(parent)) {
    const item = parent.items[Number(key)] as { commentBefore?: string } | undefined;
    if (item) item.commentBefore = lines;
  }
}
