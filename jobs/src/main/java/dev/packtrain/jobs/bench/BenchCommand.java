package dev.packtrain.jobs.bench;

import picocli.CommandLine.Command;

/** {@code packtrain bench}. */
@Command(
        name = "bench",
        description = "Measures a part of Packtrain; docs/benchmarks/ has the same for its peers.",
        synopsisSubcommandLabel =
                "(prepare | packing | tokenizer | attention | quantized | adapters | collectives | train | scaling | checkpoint | peft)",
        subcommands = {
            BenchPrepare.class,
            BenchPacking.class,
            BenchTokenizer.class,
            BenchAttention.class,
            BenchQuantized.class,
            BenchAdapters.class,
            BenchCollectives.class,
            BenchTrain.class,
            BenchScaling.class,
            BenchCheckpoint.class,
            BenchPeft.class
        })
public final class BenchCommand {
    /** Of folders that a benchmark makes and takes away. */
    static final String FOLDER_PREFIX = "packtrain-bench-";
}
