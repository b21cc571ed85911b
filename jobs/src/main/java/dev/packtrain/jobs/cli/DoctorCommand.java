package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.doctor.Diagnosis;
import dev.packtrain.jobs.doctor.DiagnosisJson;
import dev.packtrain.jobs.doctor.Doctor;
import dev.packtrain.jobs.doctor.Target;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code packtrain doctor}. */
@Command(
        name = "doctor",
        sortOptions = false,
        description = "Checks this machine and a Spark, and says what to change. Status 0 if nothing FAILs.")
final class DoctorCommand implements Callable<Integer> {
    private final Screen screen;

    @Option(names = "--master", paramLabel = "URL", description = "a Spark master (default: inside this process)")
    private String master;

    @Option(
            names = "--num_processes",
            defaultValue = "1",
            paramLabel = "N",
            description = "ranks that training is to have (${DEFAULT-VALUE})")
    private int numProcesses;

    @Option(names = "--json", paramLabel = "FILE", description = "write the same as JSON; replaced if it is there")
    private Path json;

    @Option(names = "--verbose", description = "show Spark's log on the screen too")
    private boolean verbose;

    DoctorCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        if (numProcesses < 1) {
            throw new BadInputException("--num_processes is %d; wanted at least 1".formatted(numProcesses));
        }
        RunLog.open("doctor", verbose);
        List<Diagnosis> diagnoses = new Doctor(new Target(master, numProcesses), diagnosis -> screen.out()
                        .println(diagnosis.text()))
                .examine();
        long failed = diagnoses.stream().filter(Diagnosis::failed).count();
        screen.line("%d checks, %d failed", diagnoses.size(), failed);
        if (json != null) {
            DiagnosisJson.write(diagnoses, json);
        }
        return (failed == 0 ? ExitStatus.OK : ExitStatus.FAILED).code();
    }
}
