package dev.packtrain.jobs.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The training processes of one output directory, wherever they hang in the tree of processes: an orphan has another
 * parent.
 */
public final class Trainers {
    private final Path outputDir;

    /** Those that write to {@code outputDir}. */
    public Trainers(Path outputDir) {
        this.outputDir = outputDir.toAbsolutePath().normalize();
    }

    /** Those that live, stopped ones too. */
    public List<ProcessHandle> alive() {
        return ProcessHandle.allProcesses().filter(this::isTrainer).toList();
    }

    /** Rank 0: the one that holds the lock of the output directory. */
    public ProcessHandle rankZero() throws IOException {
        long pid = new ObjectMapper()
                .readTree(outputDir.resolve(".packtrain.lock").toFile())
                .get("pid")
                .longValue();
        return alive().stream().filter(each -> each.pid() == pid).findFirst().orElseThrow();
    }

    /** The other one of two. */
    public ProcessHandle rankOne() throws IOException {
        long zero = rankZero().pid();
        List<ProcessHandle> others =
                alive().stream().filter(each -> each.pid() != zero).toList();
        if (others.size() != 1) {
            throw new AssertionError("wanted one rank beside rank 0, found " + others);
        }
        return others.get(0);
    }

    /** Which GPU each of those that live was shown. */
    public List<String> visibleGpus() {
        List<String> gpus = new ArrayList<>();
        for (ProcessHandle trainer : alive()) {
            try {
                String environment = Files.readString(Path.of("/proc", Long.toString(trainer.pid()), "environ"));
                gpus.add(environment.replaceAll("(?s)(.*\0)?CUDA_VISIBLE_DEVICES=([^\0]*)\0.*", "$2"));
            } catch (IOException gone) {
                throw new UncheckedIOException(gone);
            }
        }
        return gpus;
    }

    /** Waits until none is left. */
    public void awaitNone(int seconds) throws Exception {
        Eventually.holds(seconds, () -> alive().isEmpty(), () -> "training processes are left: " + alive());
    }

    // Not ProcessHandle's own command line: it is cut off after 4096 characters, and the class path is longer.
    private boolean isTrainer(ProcessHandle process) {
        try {
            String command = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            return command.contains("dev.packtrain.training.TrainerMain") && command.contains(outputDir + "/");
        } catch (IOException gone) {
            return false;
        }
    }
}
