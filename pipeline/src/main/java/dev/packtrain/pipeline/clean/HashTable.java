package dev.packtrain.pipeline.clean;

import java.io.Serializable;

/** A set of 64-bit hashes in one array, at most half full. */
final class HashTable implements Serializable {
    private final long[] slots;
    private boolean hasZero;
    private int size;

    /** For at most {@code capacity} hashes. */
    HashTable(int capacity) {
        slots = new long[Math.max(2, Integer.highestOneBit(Math.max(1, capacity)) << 2)];
    }

    void add(long hash) {
        if (hash == 0) {
            size += hasZero ? 0 : 1;
            hasZero = true;
            return;
        }
        int slot = find(hash);
        if (slots[slot] == 0) {
            if (2L * ++size > slots.length) {
                throw new IllegalStateException("a table of %d slots is over half full".formatted(slots.length));
            }
            slots[slot] = hash;
        }
    }

    boolean contains(long hash) {
        return hash == 0 ? hasZero : slots[find(hash)] != 0;
    }

    int size() {
        return size;
    }

    /** Where the hash is, or would be. */
    private int find(long hash) {
        int mask = slots.length - 1;
        int slot = (int) (Mix64.mix(hash) & mask);
        while (slots[slot] != 0 && slots[slot] != hash) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}
