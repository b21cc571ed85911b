package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.PrepareReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What was found.
 *
 * @param kind what the path is
 * @param path as given
 * @param figures in the order in which they are shown
 * @param table what there are several of, if any
 * @param report what a data set's {@code report.json} says, if it is there
 * @param pack the pack that was asked for, if one was
 * @param problems what verification found, a sentence each; empty if all is well or nothing was verified
 */
public record Inspection(
        PathKind kind,
        String path,
        List<Figure> figures,
        Optional<Table> table,
        Optional<PrepareReport> report,
        Optional<PackContent> pack,
        List<String> problems) {
    public Inspection {
        figures = List.copyOf(figures);
        problems = List.copyOf(problems);
    }

    /**
     * What to look at.
     *
     * @param path a data set, a shard, a model, a checkpoint, an adapter or a directory of adapters
     * @param version of a data set, null for the current one
     * @param verify whether sizes and checksums are compared with what was recorded; a checkpoint's always are
     * @param pack number of a pack to show, null for none
     */
    public record Request(Path path, Integer version, boolean verify, Long pack) {
        void requireNoVersion(String what) {
            if (version != null) {
                throw new BadInputException(
                        "--dataset_version is %d, but %s is %s, which has no versions; give a data set"
                                .formatted(version, path, what));
            }
        }
    }

    /**
     * Looks.
     *
     * @throws BadInputException if the path is none of the things that can be inspected, is damaged, or has no such pack
     */
    public static Inspection of(Request request) throws IOException {
        return switch (PathKind.of(request.path())) {
            case DATA_SET -> new DataSetInspector(request).inspect();
            case SHARD -> new ShardInspector(request).inspect();
            case MODEL -> new ModelInspector(request).inspect();
            case ADAPTER -> new AdapterInspector(request).one();
            case ADAPTERS -> new AdapterInspector(request).all();
        };
    }

    /**
     * To be called when all has been shown.
     *
     * @throws BadInputException if verification found anything
     */
    public void requireIntact() {
        if (!problems.isEmpty()) {
            String others = problems.size() == 1 ? "" : " (and %d more, listed above)".formatted(problems.size() - 1);
            throw new BadInputException(problems.get(0) + others);
        }
    }

    static BadInputException noSuchPack(Request request, long numPacks) {
        String has = numPacks == 0 ? "none" : "0 to %d".formatted(numPacks - 1);
        return new BadInputException("--pack is %d, but the packs that %s has are %s; give one of them, counted from 0"
                .formatted(request.pack(), request.path(), has));
    }
}
