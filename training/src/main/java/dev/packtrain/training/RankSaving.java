package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.CheckpointSaver;
import dev.packtrain.training.checkpoint.Checkpoints;
import dev.packtrain.training.checkpoint.LearningSettings;
import dev.packtrain.training.checkpoint.ModelExport;
import dev.packtrain.training.checkpoint.OutputDirectory;
import dev.packtrain.training.checkpoint.OutputSpace;
import dev.packtrain.training.checkpoint.TrainedState;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.SavingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;

/** What a rank writes of the run's state: its part of every checkpoint, and of the model at the end. */
final class RankSaving implements AutoCloseable {
    private static final double MILLIS = 1e3;

    private final LaunchSpec spec;
    private final PreparedData data;
    private final BuiltModel built;
    private final TrainedState trained;
    private final CheckpointSaver saver;
    private final ModelExport export;
    private final Path exportDir;

    /**
     * A rank's.
     *
     * @param shared the name of the run
     * @param built the model, for what is written beside the weights
     * @param trained what this rank holds
     */
    RankSaving(
            LaunchSpec spec,
            SharedOutput shared,
            PreparedData data,
            BuiltModel built,
            TrainedState trained,
            Consumer<TrainerEvent> events) {
        this.spec = spec;
        this.data = data;
        this.built = built;
        this.trained = trained;
        Path output = Path.of(spec.outputDir());
        CheckpointSaver.Member member = new CheckpointSaver.Member(
                spec.rank(), spec.worldSize(), shared.run(), Duration.ofSeconds(spec.timeoutSeconds()));
        // What is offloaded to disk is too large for a copy in memory.
        boolean copies = spec.options().parallel().offload() != Offload.DISK;
        saver = new CheckpointSaver(
                new Checkpoints(output),
                member,
                spec.options().saving().saveTotalLimit(),
                copies,
                written -> events.accept(notice(written)));
        exportDir = output.resolve(OutputDirectory.MODEL_TEMP_PREFIX + shared.run());
        export = new ModelExport(exportDir, spec.rank(), spec.worldSize(), ModelExport.MAX_FILE_BYTES);
    }

    private static TrainerEvent notice(CheckpointSaver.Written written) {
        return new TrainerEvent.Notice("Checkpoint of step %d written to %s in %.1f s; training paused for %.0f ms."
                .formatted(written.step(), written.path(), written.seconds(), written.pauseSeconds() * MILLIS));
    }

    /**
     * Looks whether there is room for what all ranks are going to write.
     *
     * @param start of the run
     * @return what to tell of it
     * @throws BadInputException if there is not
     */
    Optional<String> checkSpace(TrainerState start, GlobalSums sums, ProcessGroup world) {
        OutputSpace mine = OutputSpace.ofRank(trained.pieces());
        long[] ofAll = sums.of(world, "bytes to write", mine.checkpointBytes(), mine.modelBytes());
        SavingOptions saving = spec.options().saving();
        int every = saving.saveSteps();
        int checkpoints = every == 0 ? 0 : start.totalSteps() / every - start.step() / every;
        return new OutputSpace(ofAll[0], ofAll[1])
                .check(Path.of(spec.outputDir()), checkpoints, saving.saveTotalLimit());
    }

    /** Begins a checkpoint. */
    void checkpoint(TrainerState state) throws IOException, InterruptedException {
        try (PointerScope scope = new PointerScope()) {
            saver.save(state.step(), trained.pieces(), dir -> {
                writeBeside(dir);
                if (built.adapted().isPresent()) {
                    built.adapted().get().writeConfig(dir);
                }
                LearningSettings.of(spec.options()).write(dir);
                state.write(dir);
            });
        }
    }

    /** Throws what went wrong with the last checkpoint, if that is known. */
    void check() throws IOException, InterruptedException {
        saver.check();
    }

    /**
     * Waits for the last checkpoint, and writes the model into a directory of its own; to be called on every rank.
     *
     * @param world all ranks
     * @return the directory; whole on rank 0, when this returns there
     */
    Path finish(ProcessGroup world) throws IOException, InterruptedException {
        saver.finish();
        write("its pieces of the model", () -> {
            try (PointerScope scope = new PointerScope()) {
                export.writePieces(trained.pieces());
            }
        });
        world.barrier("pieces of the model written");
        List<String> order = Stream.concat(
                        built.model().parameters().stream(), built.trained().updateRule().tensors().stream())
                .map(Parameter::name)
                .toList();
        write("its files of the model", () -> export.assemble(order));
        world.barrier("files of the model written");
        if (spec.rank() == 0) {
            write("the model", this::completeExport);
        }
        return exportDir;
    }

    private void completeExport() throws IOException {
        export.removePieces();
        if (built.adapted().isPresent()) {
            built.adapted().get().finish(exportDir);
            HuggingFaceModel.saveGeneration(exportDir, built.tokens());
            data.copyTokenizerTo(exportDir);
        } else {
            writeBeside(exportDir);
        }
    }

    /** Writes something below the output directory. */
    @FunctionalInterface
    interface Writing {
        /** Does it. */
        void run() throws IOException;
    }

    /**
     * Writes, and says where and what to do if that fails.
     *
     * @param what is written, for the message
     * @throws BadInputException if it cannot be written
     */
    void write(String what, Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new BadInputException(
                    "%s could not be written into output_dir %s: %s; look whether that file system is full or away, then run the same command again, with resume_from_checkpoint true if there is a checkpoint."
                            .formatted(what, spec.outputDir(), e),
                    e);
        }
    }

    /** What is to be told of the model when the run has ended. */
    Map<String, Double> figures() {
        return built.adapted().map(AdaptedRun::figures).orElseGet(() -> {
            double all = built.model().parameters().stream()
                    .mapToLong(parameter -> parameter.split().wholeElements())
                    .sum();
            return AdaptedRun.figures(all, all);
        });
    }

    private void writeBeside(Path dir) throws IOException {
        HuggingFaceModel.saveConfig(dir, built.config(), built.model().dtype(), built.tokens());
        data.copyTokenizerTo(dir);
    }

    @Override
    public void close() {
        saver.close();
    }
}
