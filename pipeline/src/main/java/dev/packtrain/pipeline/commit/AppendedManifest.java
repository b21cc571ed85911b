package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.ExampleKind;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackingMethod;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The manifest of a data set with the shards of one more run. */
final class AppendedManifest {
    private AppendedManifest() {}

    /**
     * What {@code run} makes of {@code base}: its shards after those that are there, all counts added up.
     *
     * @param run of the new rows alone
     * @param version of the result
     * @param unigramLoss of the label tokens of both
     */
    static Manifest of(Manifest base, Manifest run, int version, double unigramLoss) {
        Manifest.Counts counts = base.counts().plus(run.counts());
        long slots = Math.multiplyExact(counts.packs(), base.maxLength());
        return new Manifest(
                run.formatVersion(),
                run.createdBy(),
                version,
                base.firstVersion(),
                base.tokenizer(),
                base.maxLength(),
                base.exampleKind(),
                base.packingMethod(),
                run.groupSize(),
                run.seed(),
                counts,
                slots == 0 ? 0 : (double) (slots - counts.tokens()) / slots,
                unigramLoss,
                Stream.concat(base.inputs().stream(), run.inputs().stream()).toList(),
                Stream.concat(base.shards().stream(), run.shards().stream()).toList());
    }

    /**
     * Refuses rows that were prepared otherwise than those that are there.
     *
     * @param directory of the data set, for the message
     */
    static void requireAlike(Manifest base, DataSetShape shape, String directory) {
        Map<String, List<Object>> gotAndThere = Map.of(
                "max_length", List.of(shape.maxLength(), base.maxLength()),
                "packing method", List.of(key(shape.packingMethod()), key(base.packingMethod())),
                "tokenizer of SHA-256",
                        List.of(shape.tokenizerSha256(), base.tokenizer().sha256()),
                "eos token id", List.of(shape.eosTokenId(), base.tokenizer().eosTokenId()));
        gotAndThere.entrySet().stream()
                .filter(each ->
                        !Objects.equals(each.getValue().get(0), each.getValue().get(1)))
                .map(Map.Entry::getKey)
                .sorted()
                .findFirst()
                .ifPresent(what -> {
                    List<Object> values = gotAndThere.get(what);
                    throw differs(directory, what, values.get(0), values.get(1));
                });
    }

    /** As {@link #requireAlike(Manifest, DataSetShape, String)}, for what only the rows tell. */
    static void requireAlike(Manifest base, ExampleKind kind, String directory) {
        if (kind != base.exampleKind()) {
            throw differs(
                    directory,
                    "kind of examples",
                    kind.key(),
                    base.exampleKind().key());
        }
    }

    private static BadInputException differs(String directory, String what, Object got, Object there) {
        return new BadInputException(
                "cannot append to output_dir \"%s\" with %s %s: it was prepared with %s; give the same, or another output_dir"
                        .formatted(directory, what, got, there));
    }

    private static String key(PackingMethod method) {
        return method.name().toLowerCase(Locale.ROOT);
    }
}
