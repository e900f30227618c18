import { describe, expect, it } from 'vitest';
import { Candidates } from '../../../../src/worker/balancer/candidates.ts';
import { partitionOf, Rendezvous } from '../../../../src/worker/balancer/rendezvous.ts';

const KEYS = Array.from({ length: 100_000 }, (_, i) => `user-${i}`);

interface Facts {
  readonly id: string;
  readonly weight: number;
}

const named = (...weights: readonly number[]): readonly Facts[] =>
  weights.map((weight, index) => ({ id: `10.0.0.${index + 1}:8080`, weight }));

/** The id that each key goes to, among all endpoints but those left out. */
function placesOf(endpoints: readonly Facts[], without: readonly string[] = []): readonly string[] {
  const candidates = Candidates.all(endpoints.length);
  endpoints.forEach(({ id }, index) => {
    if (without.includes(id)) candidates.remove(index);
  });
  const rendezvous = new Rendezvous(endpoints);
  return KEYS.map((key) => endpoints[rendezvous.ownerOf(partitionOf(key), candidates)]?.id ?? '-');
}

const shareOf = (places: readonly string[], id: string): number =>
  places.filter((place) => place === id).length / places.length;

describe('rendezvous', () => {
  it('spreads keys by weight', () => {
    for (const endpoints of [named(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), named(5, 1, 2, 2), named(1, 99)]) {
      const total = endpoints.reduce((sum, { weight }) => sum + weight, 0);
      const places = placesOf(endpoints);
      for (const { id, weight } of endpoints)
        expect(Math.abs(shareOf(places, id) - weight / total)).toBeLessThan(0.006);
    }
  });

  it('moves the keys of an endpoint that leaves and no others, onto all that stay', () => {
    const endpoints = named(1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    const gone = '10.0.0.4:8080';
    const before = placesOf(endpoints);
    const after = placesOf(endpoints, [gone]);
    const moved = before.filter((place, index) => place !== after[index]);
    expect(new Set(moved)).toEqual(new Set([gone]));
    console.log(
      `1 of 10 endpoints left: ${((100 * moved.length) / KEYS.length).toFixed(2)} % of the keys moved`,
    );
    expect(moved.length / KEYS.length).toBeLessThan(0.106);
    const heirs = after.filter((_, index) => before[index] === gone);
    for (const { id } of endpoints.filter((endpoint) => endpoint.id !== gone))
      expect(Math.abs(shareOf(heirs, id) - 1 / 9)).toBeLessThan(0.02);
    // One that left the configuration is the same as one that cannot be taken, whatever the order.
    const others = endpoints.filter(({ id }) => id !== gone).reverse();
    expect(placesOf(others)).toEqual(after);
  });

  it('moves keys to or from an endpoint whose weight changes, and no others', () => {
    const before = placesOf(named(2, 2, 2));
    const after = placesOf(named(2, 3, 2));
    const moved = after.filter((place, index) => place !== before[index]);
    expect(new Set(moved)).toEqual(new Set(['10.0.0.2:8080']));
    expect(moved.length / KEYS.length).toBeLessThan(3 / 7 - 1 / 3 + 0.006);
  });

  it('gives every program and every version the same endpoint for a key', () => {
    const rendezvous = new Rendezvous(named(1, 1, 1));
    const places = ['', 'a', '192.0.2.1', 'é', '/a/path'].map((key) =>
      rendezvous.ownerOf(partitionOf(key), Candidates.all(3)),
    );
    expect(places).toEqual([2, 1, 2, 0, 1]);
  });
});
