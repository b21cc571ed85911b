package dev.packtrain.jobs.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.launch.HeldOutData;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.util.TaskCompletionListener;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/** The task of one rank: prepares the host, starts the child and supervises it. Rank 0's returns its last event as JSON. */
final class RankTask extends AbstractFunction1<Iterator<Integer>, Iterator<String>> implements Serializable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RankPlan plan;
    private final EventAccumulator published;

    RankTask(RankPlan plan, EventAccumulator published) {
        this.plan = plan;
        this.published = published;
    }

    @Override
    public Iterator<String> apply(Iterator<Integer> ignored) {
        BarrierTaskContext context = BarrierTaskContext.get();
        RankPlacement placement = RankPlacement.of(context, plan);
        RankPlan.Paths paths = plan.paths();
        try (DatasetCopy dataset = DatasetCopy.of(
                        paths.datasetDir(), paths.datasetVersion(), paths.hadoopConf(), context::isInterrupted);
                DatasetCopy heldOut = heldOut(context)) {
            HeldOutData evaluated = heldOut == null
                    ? null
                    : new HeldOutData(heldOut.dir().toString(), paths.heldOut().version());
            TrainerEvent.Finished finished = supervise(context, placement, dataset.dir(), evaluated);
            List<String> result = placement.rank() == 0 ? List.of(json(finished)) : List.of();
            return CollectionConverters.asScala(result.iterator());
        }
    }

    /** Null, as the resource of a try, without evaluation. */
    private DatasetCopy heldOut(BarrierTaskContext context) {
        RankPlan.HeldOut heldOut = plan.paths().heldOut();
        return heldOut == null
                ? null
                : DatasetCopy.of(heldOut.dir(), heldOut.version(), heldOut.hadoopConf(), context::isInterrupted);
    }

    private TrainerEvent.Finished supervise(
            BarrierTaskContext context, RankPlacement placement, Path datasetDir, HeldOutData heldOut) {
        Path logDir = createLogDir(placement);
        Path logFile = logDir.resolve("rank-%d.log".formatted(placement.rank()));
        TrainerProcess process;
        try {
            Files.writeString(logFile, headline(placement), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            ProcessBuilder command = TrainerCommand.of(plan.child(), placement.cpu(), logDir);
            placement.gpu().address().ifPresent(gpu -> TrainerCommand.seeOnly(command, gpu));
            process = TrainerProcess.start(command, logFile, plan.deadlines().killSeconds());
        } catch (BadInputException refused) {
            throw failed(RankFailure.Kind.USER, placement, "was not started: " + refused.getMessage());
        } catch (IOException notStarted) {
            throw failed(
                    RankFailure.Kind.INTERNAL, placement, "could not start its process: " + notStarted.getMessage());
        }
        // For a task that ends while its thread is elsewhere; the supervisor closes the process in every other case.
        context.addTaskCompletionListener((TaskCompletionListener) ended -> process.close());
        LaunchSpec spec = new LaunchSpec(
                placement.rank(),
                placement.localRank(),
                placement.gpu().index(),
                plan.worldSize(),
                placement.host(),
                plan.device(),
                placement.cpu().numThreads(),
                plan.deadlines().timeoutSeconds(),
                datasetDir.toString(),
                plan.paths().datasetVersion(),
                heldOut,
                plan.paths().outputDir(),
                parse(plan.optionsJson(), TrainingOptions.class),
                plan.recipeJson());
        if (placement.localRank() == 0) {
            placement
                    .memory()
                    .warning(plan.child().memoryBytes())
                    .ifPresent(warning -> publish(placement, new TrainerEvent.Notice(warning)));
        }
        Supervisor supervisor = new Supervisor(
                process, spec, plan.deadlines(), context::isInterrupted, event -> publish(placement, event));
        return supervisor.run(storePort -> meet(context, placement, storePort));
    }

    private void publish(RankPlacement placement, TrainerEvent event) {
        published.add(new RankEvent(
                placement.rank(), placement.task(), placement.host(), published.nextSequence(), json(event)));
    }

    /** What a log begins with; a run that starts again goes on below. */
    private String headline(RankPlacement placement) {
        return "%s of %d on host %s, task %d, %s, %d threads, allocator %s%n"
                .formatted(
                        plan.mesh().grid().describe(placement.rank()),
                        plan.worldSize(),
                        placement.host(),
                        placement.task(),
                        placement.gpu().address().map(gpu -> "GPU " + gpu).orElse("no GPU of Spark's"),
                        placement.cpu().numThreads(),
                        AllocatorLibrary.find(plan.child().allocator()).describe());
    }

    /**
     * What a rank tells the others.
     *
     * @param seat where it computes
     * @param storePort of the store that rank 0 opened; 0 on other ranks
     */
    private record Introduction(GpuGrant.Seat seat, int storePort) {}

    /** Rank 0 says where its store listens; its socket is open already, so nobody can come too early. */
    private Rendezvous meet(BarrierTaskContext context, RankPlacement placement, int storePort) {
        String gpu = placement.gpu().address().orElse("");
        GpuGrant.Seat mine = new GpuGrant.Seat(placement.rank(), placement.host(), gpu);
        List<Introduction> all = Arrays.stream(context.allGather(json(new Introduction(mine, storePort))))
                .map(text -> parse(text, Introduction.class))
                .toList();
        if (plan.device().equals("cuda")) {
            GpuGrant.requireDifferent(all.stream().map(Introduction::seat).toList());
        }
        Introduction zero =
                all.stream().filter(each -> each.seat().rank() == 0).findFirst().orElseThrow();
        return new Rendezvous(zero.seat().host(), zero.storePort());
    }

    private Path createLogDir(RankPlacement placement) {
        Path logDir = Path.of(plan.paths().outputDir(), "logs");
        try {
            return Files.createDirectories(logDir);
        } catch (IOException unwritable) {
            throw failed(
                    RankFailure.Kind.USER,
                    placement,
                    "cannot write to output_dir %s (%s); give a directory that every rank may write to"
                            .formatted(plan.paths().outputDir(), unwritable));
        }
    }

    private static RankFailedException failed(RankFailure.Kind kind, RankPlacement placement, String what) {
        String sentence = "rank %d on host %s %s".formatted(placement.rank(), placement.host(), what);
        return new RankFailedException(new RankFailure(kind, sentence, List.of()));
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static <T> T parse(String json, Class<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
