package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Some blocks of a model.
 *
 * @param key of the recipe that says which
 * @param numbers from 0; empty: all
 */
record LayerNumbers(String key, TreeSet<Integer> numbers) {
    private static final String ALL = "all";

    /** As a recipe says them: {@code all}, or numbers, between which may be PaddleNLP's semicolons. */
    static LayerNumbers of(String key, List<String> entries) {
        if (entries.equals(List.of(ALL))) {
            return new LayerNumbers(key, new TreeSet<>());
        }
        try {
            return new LayerNumbers(
                    key,
                    entries.stream()
                            .flatMap(entry -> List.of(entry.split(";")).stream())
                            .map(number -> Integer.parseUnsignedInt(number.strip()))
                            .collect(Collectors.toCollection(TreeSet::new)));
        } catch (NumberFormatException e) {
            throw new BadInputException(
                    "%s is %s; wanted numbers of blocks from 0, such as 0,1,2.".formatted(key, entries), e);
        }
    }

    boolean has(String module) {
        return numbers.isEmpty() || numbers.contains(blockOf(module));
    }

    /** Number of the block that a module is in, from 0. */
    static int blockOf(String module) {
        return Integer.parseInt(module.substring("model.layers.".length()).split("\\.", 2)[0]);
    }

    /** Checks that a model has them. */
    void requireBelow(int numLayers) {
        if (!numbers.isEmpty() && numbers.last() >= numLayers) {
            throw new BadInputException("%s has %d, but the model's blocks are 0 to %d; leave it out."
                    .formatted(key, numbers.last(), numLayers - 1));
        }
    }

    /** As a recipe says it. */
    String text() {
        return numbers.isEmpty() ? ALL : numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
