import { describe, expect, it } from 'vitest';
import {
  elements,
  elementText,
  escapeXml,
} from '../../../../../../../src/primary/certs/acme/challenge/dns-providers/xml.ts';

describe('xml', () => {
  it('finds elements by their whole name', () => {
    const xml = '<a><Id>1</Id><IdNot>2</IdNot><Id> 3 </Id></a>';
    expect(elements(xml, 'Id')).toEqual(['1', ' 3 ']);
    expect(elementText(xml, 'Id')).toBe('1');
    expect(elementText(xml, 'Missing')).toBe('');
  });

  it('reads an element that never ends as none', () => {
    expect(elements('<Id>1</Id><Id>2', 'Id')).toEqual(['1']);
  });

  it('reads references and writes what has to be one', () => {
    expect(elementText('<v>&quot;a&#32;&#x26;&lt;b&gt;&amp;amp; &unknown; &#99999999;</v>', 'v')).toBe(
      '"a &<b>&amp; &unknown; &#99999999;',
    );
    expect(escapeXml('"a" & <b>')).toBe('"a" &amp; &lt;b&gt;');
  });
});
