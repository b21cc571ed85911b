package dev.packtrain.jobs.inspect;

import java.util.List;

/**
 * Several things with the same figures.
 *
 * @param key as in the JSON
 * @param rows the same keys in every row
 */
record Table(String key, List<List<Figure>> rows) {
    Table {
        rows = List.copyOf(rows);
    }
}
