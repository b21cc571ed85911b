package dev.packtrain.jobs.doctor;

/** Cores against ranks. */
final class CoresCheck implements Check {
    private final Target target;
    private final int numCores;

    CoresCheck(Target target, int numCores) {
        this.target = target;
        this.numCores = numCores;
    }

    @Override
    public String what() {
        return "cores";
    }

    @Override
    public Finding run() {
        if (!target.isLocal()) {
            return Finding.ok("%d here, for the driver; the ranks run elsewhere".formatted(numCores));
        }
        if (target.numProcesses() > numCores) {
            return Finding.warn(
                    "%d for %d ranks, which will wait for each other".formatted(numCores, target.numProcesses()),
                    "--num_processes " + numCores);
        }
        return Finding.ok("%d for %d ranks; threads a rank: %d"
                .formatted(numCores, target.numProcesses(), numCores / target.numProcesses()));
    }
}
