/**
 * Reads YAML 1.2 text into a tree of nodes, and reports every part of it that is no YAML or that a configuration may
 * not use. Primary thread; never throws, reads no file.
 */

import { type Document, LineCounter, parseDocument } from 'yaml';
import { buildTree } from './build-tree.ts';
import type { TreeFault, YamlTree } from './tree.ts';
import { checkYamlBounds } from './yaml-bounds.ts';
import { yamlSentence } from './yaml-words.ts';

/** A text with a fault per character would otherwise cost a problem per character. */
const MAX_SYNTAX_FAULTS = 100;

/** A tree may come with faults; without a tree there is at least one. */
export function readYamlTree(text: string): YamlTree {
  try {
    const bound = checkYamlBounds(text);
    if (bound !== null) return { root: null, faults: [{ ...bound, code: 'TOO_COMPLEX', path: [] }] };
    const lineCounter = new LineCounter();
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      lineCounter,
      prettyErrors: false,
      // The library compares every key with every other one; `buildTree` looks it up.
      uniqueKeys: false,
    });
    const syntax = syntaxFaults(document, text);
    if (syntax.length > 0) return { root: null, faults: syntax };
    return buildTree(document.contents, (offset) => lineCounter.linePos(offset).line);
  } catch {
    // The library is not ours: whatever it throws is a fault of the text, and its words may quote that text.
    return { root: null, faults: [{ code: 'YAML_SYNTAX', message: 'this is no YAML', at: 0, path: [] }] };
  }
}

/** The token that does not fit makes all later ones misfits too: after the first of them the library only echoes. */
function syntaxFaults(document: Document.Parsed, text: string): readonly TreeFault[] {
  const errors = [...document.errors, ...document.warnings].toSorted((a, b) => a.pos[0] - b.pos[0]);
  const misfit = errors.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  const faults: TreeFault[] = errors
    .slice(0, misfit < 0 ? MAX_SYNTAX_FAULTS : Math.min(misfit + 1, MAX_SYNTAX_FAULTS))
    .map(({ code, message, pos: [at] }) => ({
      code: 'YAML_SYNTAX',
      message: yamlSentence(code, message, text.charAt(at - 1)),
      at,
      path: [],
    }));
  if (document.directives.yaml.version !== '1.2') {
    const message = 'the configuration is YAML 1.2; take the %YAML line out';
    faults.push({ code: 'YAML_SYNTAX', message, at: 0, path: [] });
  }
  return faults;
}
