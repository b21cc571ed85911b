package dev.packtrain.packing;

import java.util.Arrays;

/** A growing array without boxing. */
final class IntList {
    private int[] values = new int[256];
    private int size;

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    int get(int index) {
        return values[index];
    }

    int size() {
        return size;
    }

    /** Forgets what comes after the first {@code newSize}. */
    void truncate(int newSize) {
        size = newSize;
    }
}
