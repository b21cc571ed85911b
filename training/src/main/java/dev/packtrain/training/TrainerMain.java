package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.OutOfMemory;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.LineProtocol;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One rank as a process of its own: see {@link dev.packtrain.training.launch} for what it reads and writes.
 *
 * <p>Exit codes: 0 done, 1 internal failure (a stack trace is on standard error), 2 bad input, 3 another rank or the
 * parent was lost.
 */
public final class TrainerMain {
    private static final Path LINUX_STANDARD_OUTPUT = Path.of("/proc/self/fd/1");
    private static final Path BSD_STANDARD_OUTPUT = Path.of("/dev/fd/1");
    private static final Duration SPEC_TIMEOUT = Duration.ofMinutes(1);

    private final ParentLink parent;
    private String prefix = "";
    private TrainerProcess process;

    private TrainerMain(ParentLink parent) {
        this.parent = parent;
    }

    /** Takes no arguments. */
    public static void main(String[] args) {
        if (args.length > 0) {
            System.err.println("TrainerMain takes no arguments: it is started by packtrain train, which talks to it on "
                    + "standard input; run that instead.");
            Runtime.getRuntime().halt(ExitCode.BAD_INPUT.code());
        }
        OutputStream events = takeStandardOutput();
        ExitCode exit = new TrainerMain(new ParentLink(System.in, events)).run();
        // Not exit(): destructors of native libraries at exit are no use here, and can crash.
        System.err.flush();
        Runtime.getRuntime().halt(exit.code());
    }

    /**
     * Keeps standard output to the events alone. Gloo prints to it from native code; so the pipe is opened once more under
     * another descriptor, and closing descriptor 1 makes Java point it at the null device. What Java code prints goes to
     * standard error.
     */
    static OutputStream takeStandardOutput() {
        System.setOut(System.err);
        Path self = Files.exists(LINUX_STANDARD_OUTPUT) ? LINUX_STANDARD_OUTPUT : BSD_STANDARD_OUTPUT;
        try {
            OutputStream events = new FileOutputStream(self.toFile(), true);
            new FileOutputStream(FileDescriptor.out).close();
            return events;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open standard output once more", e);
        }
    }

    private ExitCode run() {
        try {
            LaunchSpec spec = LineProtocol.launchSpec(parent.nextLine("launch spec", SPEC_TIMEOUT));
            prefix = spec.worldSize() > 1 ? "rank " + spec.rank() : "";
            process = new TrainerProcess(spec, parent);
            process.run();
            return ExitCode.OK;
        } catch (Throwable failure) {
            return report(failure);
        }
    }

    private ExitCode report(Throwable thrown) {
        Throwable failure = explained(thrown);
        ExitCode exit = ExitCode.of(failure);
        if (exit == ExitCode.INTERNAL || failure != thrown) {
            thrown.printStackTrace();
        }
        if (process != null) {
            process.release();
        }
        String message = exit == ExitCode.INTERNAL ? String.valueOf(failure) : failure.getMessage();
        parent.send(new TrainerEvent.Failed(exit.kind(), where() + message));
        return exit;
    }

    /** What asks for more memory than there is would ask for it again, as the user's other mistakes would. */
    private static Throwable explained(Throwable thrown) {
        if (thrown instanceof BadInputException) {
            return thrown;
        }
        return OutOfMemory.find(thrown)
                .<Throwable>map(what -> new BadInputException(what + "; " + OutOfMemory.REMEDY, thrown))
                .orElse(thrown);
    }

    private String where() {
        if (prefix.isEmpty()) {
            return "";
        }
        return process == null ? "[" + prefix + "] " : "[%s step=%d] ".formatted(prefix, process.currentStep());
    }
}
