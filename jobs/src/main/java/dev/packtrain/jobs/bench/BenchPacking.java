package dev.packtrain.jobs.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.Packer;
import dev.packtrain.packing.Packers;
import dev.packtrain.packing.PackingBounds;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.packing.simulation.LengthSet;
import dev.packtrain.packing.simulation.PackingSimulation;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Packs sets of lengths with every method and shows padding beside the bounds. Lengths only: no tokens are copied. The speed
 * is that of the first level of groups on one core, the best of several runs; PaddleNLP's rule is {@code worst_fit}.
 */
@Command(
        name = "packing",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Shows padding and speed of every packing method beside the bounds.")
final class BenchPacking implements Callable<Integer> {
    private static final int[] CAPACITIES = {256, 512, 1024, 2048, 4096};

    @Option(
            names = "--packing_group_size",
            defaultValue = "16384",
            description = "examples of a group; default: ${DEFAULT-VALUE}")
    private int groupSize;

    @Option(names = "--runs", defaultValue = "20", description = "for the speed; default: ${DEFAULT-VALUE}")
    private int runs;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<Map<String, Object>> figures = new ArrayList<>();
        for (LengthSet set : LengthSet.values()) {
            for (int maxLength : CAPACITIES) {
                measure(set, maxLength, System.out, figures);
            }
        }
        if (json != null) {
            Files.writeString(
                    json, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(figures) + "\n");
        }
        return spec.exitCodeOnSuccess();
    }

    private void measure(LengthSet set, int maxLength, PrintStream out, List<Map<String, Object>> figures) {
        int[] lengths = set.lengths(maxLength);
        String name = set.name().toLowerCase(Locale.ROOT);
        out.printf(Locale.ROOT, "%s, %,d lengths, max_length %d%n", name, lengths.length, maxLength);
        out.printf(Locale.ROOT, "  %-20s %10s %12s %16s%n", "", "packs", "padding", "M lengths/s");
        for (PackingMethod method : PackingMethod.values()) {
            Packer packer = Packers.of(method);
            double speed = 0;
            PackingSimulation result = PackingSimulation.run(packer, lengths, maxLength, groupSize);
            for (int run = 0; run < runs; run++) {
                speed = Math.max(speed, millionsPerSecond(packer, lengths, maxLength));
            }
            String methodName = method.name().toLowerCase(Locale.ROOT);
            double padding = result.paddingRatio(maxLength);
            out.printf(
                    Locale.ROOT,
                    "  %-20s %,10d %10.4f %% %16.1f%n",
                    methodName,
                    result.numPacks(),
                    100 * padding,
                    speed);
            figures.add(figure(name, maxLength, methodName, result.numPacks(), padding, speed));
        }
        bound(name, maxLength, "bound_material", lengths, PackingBounds.material(lengths, maxLength), out, figures);
        bound(name, maxLength, "bound_l2", lengths, PackingBounds.l2(lengths, maxLength), out, figures);
    }

    private static void bound(
            String set,
            int maxLength,
            String bound,
            int[] lengths,
            long numPacks,
            PrintStream out,
            List<Map<String, Object>> figures) {
        long tokens = 0;
        for (int length : lengths) {
            tokens += length;
        }
        double padding = 1 - tokens / ((double) numPacks * maxLength);
        out.printf(Locale.ROOT, "  %-20s %,10d %10.4f %%%n", bound, numPacks, 100 * padding);
        figures.add(figure(set, maxLength, bound, numPacks, padding, 0));
    }

    private static Map<String, Object> figure(
            String set, int maxLength, String method, long numPacks, double padding, double speed) {
        Map<String, Object> figure = new LinkedHashMap<>();
        figure.put("lengths", set);
        figure.put("max_length", maxLength);
        figure.put("method", method);
        figure.put("packs", numPacks);
        figure.put("padding_ratio", padding);
        figure.put("lengths_per_second", 1e6 * speed);
        return figure;
    }

    /** Of one whole group, which is not the last. */
    private double millionsPerSecond(Packer packer, int[] lengths, int maxLength) {
        int[] group = Arrays.copyOf(lengths, Math.min(groupSize, lengths.length));
        long start = System.nanoTime();
        packer.pack(group, maxLength, false);
        return 1e3 * group.length / (System.nanoTime() - start);
    }
}
