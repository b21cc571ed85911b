package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.CheckpointCheck;
import dev.packtrain.training.checkpoint.Checkpoints;
import dev.packtrain.training.collectives.ProcessGroup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The checkpoint that all ranks continue from. Rank 0 knows which ones there are; each rank reads a share of the files of
 * the newest one to see whether every byte is as written; if not, they try the one before.
 */
final class ResumePoint {
    private static final int NONE = 0;
    private static final int THIS = 1;
    private static final int ALL_BROKEN = 2;

    private final Path outputDir;
    private final Optional<Path> asked;
    private final GlobalSums sums;
    private final ProcessGroup world;
    private final Consumer<String> notices;

    /**
     * A search.
     *
     * @param resume {@code resume_from_checkpoint}, see {@link dev.packtrain.training.options.SavingOptions}
     * @param world all ranks
     * @param notices told of every checkpoint that is passed over, on one rank
     */
    ResumePoint(Path outputDir, String resume, ProcessGroup world, GlobalSums sums, Consumer<String> notices) {
        this.outputDir = outputDir;
        this.asked = resume.isEmpty() || resume.equals("true") ? Optional.empty() : Optional.of(Path.of(resume));
        this.world = world;
        this.sums = sums;
        this.notices = notices;
    }

    /**
     * To be called on every rank.
     *
     * @param candidates on rank 0, the newest first; elsewhere none
     * @return empty if there are none at all
     * @throws BadInputException on every rank, if all are broken, or the one that was asked for is
     */
    Optional<Path> find(List<Path> candidates) throws IOException {
        for (int i = 0; ; i++) {
            int status = candidates.isEmpty() ? NONE : i < candidates.size() ? THIS : ALL_BROKEN;
            int step =
                    world.rank() == 0 && status == THIS && asked.isEmpty() ? Checkpoints.stepOf(candidates.get(i)) : 0;
            long[] offer = sums.of(world, "checkpoint to resume from", world.rank() == 0 ? status : 0, step);
            if (offer[0] == NONE) {
                return Optional.empty();
            }
            if (offer[0] == ALL_BROKEN) {
                throw new BadInputException(
                        "no checkpoint in %s can be read; restore one, or set overwrite_output_dir and leave resume_from_checkpoint out to start anew."
                                .formatted(outputDir));
            }
            Path checkpoint = asked.orElseGet(() -> new Checkpoints(outputDir).of((int) offer[1]));
            Optional<String> problem = problemOf(checkpoint);
            if (problem.isEmpty()) {
                return Optional.of(checkpoint);
            }
            passOver(checkpoint, problem.get());
        }
    }

    private void passOver(Path checkpoint, String problem) {
        if (asked.isPresent()) {
            throw new BadInputException(
                    "checkpoint %s cannot be read: %s; resume from another one (true takes the newest good one)."
                            .formatted(checkpoint, problem));
        }
        if (world.rank() == 0) {
            notices.accept("%s cannot be read and is passed over: %s.".formatted(checkpoint, problem));
        }
    }

    /** The same on every rank. */
    private Optional<String> problemOf(Path checkpoint) throws IOException {
        CheckpointCheck check = CheckpointCheck.of(checkpoint);
        long[] found =
                sums.of(world, "outline of the checkpoint", check.outline().isPresent() ? 1 : 0, check.numFiles());
        if (found[0] > 0) {
            return Optional.of(
                    check.outline().orElse("%d of %d ranks do not see it whole".formatted(found[0], world.size())));
        }
        if (found[1] != (long) check.numFiles() * world.size()) {
            return Optional.of("the ranks do not see the same files");
        }
        long[] torn = new long[check.numFiles()];
        for (int file = world.rank(); file < torn.length; file += world.size()) {
            torn[file] = check.look(file).code();
        }
        long[] allTorn = sums.of(world, "files of the checkpoint", torn);
        for (int file = 0; file < allTorn.length; file++) {
            // One rank looked at each.
            Optional<String> problem = check.problem(file, CheckpointCheck.Found.of(allTorn[file]));
            if (problem.isPresent()) {
                return problem;
            }
        }
        return Optional.empty();
    }
}
