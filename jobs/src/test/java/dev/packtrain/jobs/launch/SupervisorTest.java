package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {
    /** How long a child may be silent: a Java that starts on a machine whose cores others take has needed more than 12 s to its first step. */
    private static final List<Integer> SILENCE_SECONDS = List.of(12, 100);

    private static final RankPlan.Deadlines PATIENT = new RankPlan.Deadlines(30, 300, 300, 1, 5);

    @TempDir
    Path dir;

    private final List<TrainerEvent> events = new ArrayList<>();
    private final AtomicBoolean cancelled = new AtomicBoolean();

    @Test
    void passesEventsOnAndReturnsTheLast() throws Exception {
        TrainerEvent.Finished finished = run("well", PATIENT);

        assertThat(finished.steps()).isEqualTo(5);
        assertThat(events).hasSize(7).first().isInstanceOf(TrainerEvent.Started.class);
        assertThat(Files.readString(dir.resolve("rank.log"))).contains("store at 4242");
        assertGone();
    }

    @Test
    void namesTheSignalAndTheStepOfAKilledChild() throws IOException {
        RankFailure failure = failureOf("kill", PATIENT);

        assertThat(failure.kind()).isEqualTo(RankFailure.Kind.LOST);
        assertThat(failure.sentence())
                .startsWith("rank 0 on host here was killed by signal 9")
                .endsWith("at step 2");
        assertThat(failure.lastLines()).contains("behaving kill", "store at 4242");
    }

    /** The kernel's counter rises while the child runs, as it does when it is the kernel that kills. */
    @Test
    void saysThatMemoryRanOutWhereTheKernelHasKilled() throws IOException {
        OomKills kills = new OomKills(() -> OptionalLong.of(events.size()), TimeUnit.HOURS.toNanos(1));
        RankFailure failure = failureOf(supervisor("kill", PATIENT, kills));

        assertThat(failure.kind()).isEqualTo(RankFailure.Kind.LOST);
        assertThat(failure.sentence())
                .startsWith(
                        "rank 0 on host here was killed by the kernel at step 2, because memory ran out: its host or")
                .contains(
                        " GiB; give it more (on YARN and Kubernetes spark.executor.memoryOverhead",
                        "or need less with");
        assertThat(failureOf(supervisor("quit", PATIENT, kills)).sentence()).contains("ended without finishing");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void theKernelTakesTheChildBeforeWhoeverTellsOfIt() throws IOException {
        supervisor("well").run(port -> {
            assertThat(Path.of("/proc", content(pidFile()), "oom_score_adj")).hasContent("500");
            return new Rendezvous("here", port);
        });
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void killsAChildThatGoesSilent() throws IOException {
        assertKilledForSilence("deaf", 130);
        assertGone();
    }

    @Test
    void killsAChildThatNeverGetsReady() throws IOException {
        for (int seconds : List.of(3, 60)) {
            RankFailure failure = failureOf("silent-start", new RankPlan.Deadlines(30, seconds, 30, 1, 1));

            assertThat(failure.sentence()).contains("silent for %d s at step 0".formatted(seconds));
            if (Files.exists(pidFile())) {
                break; // it had come as far as to say nothing
            }
        }
        assertGone();
    }

    @Test
    void killsAChildThatIsStoppedLongBeforeItsWorkIsLate() throws IOException {
        RankFailure failure = failureOf("deaf", new RankPlan.Deadlines(30, 300, 2, 1, 1));

        assertThat(failure.kind()).isEqualTo(RankFailure.Kind.LOST);
        assertThat(failure.sentence())
                .isEqualTo(
                        "rank 0 on host here gave no sign of life for 2 s at step 2 (stopped, or its host hangs) and was"
                                + " killed");
        assertGone();
        assertThat(RankPlan.Deadlines.of(1800).aliveSeconds()).isEqualTo(30);
        assertThat(RankPlan.Deadlines.of(1).aliveSeconds()).isEqualTo(8);
    }

    @Test
    void aBusyChildIsAliveUntilItsWorkIsLate() throws IOException {
        assertThat(run("busy", new RankPlan.Deadlines(30, 300, 2, 1, 1)).steps())
                .isEqualTo(5);
        assertKilledForSilence("stuck", 4);
        assertThat(events).noneMatch(TrainerEvent.Alive.class::isInstance);
    }

    @Test
    void keepsWhatIsNoEventAsText() throws Exception {
        run("garbage", PATIENT);

        assertThat(events).hasSize(7);
        assertThat(Files.readString(dir.resolve("rank.log"))).contains("libtorch says hello");
    }

    @Test
    void handsTheUsersMistakeOverAsItIs() throws IOException {
        RankFailure failure = failureOf("user", PATIENT);

        assertThat(failure)
                .isEqualTo(new RankFailure(RankFailure.Kind.USER, "the vocabulary is 7, wanted 8", List.of()));
    }

    @Test
    void tellsAnInternalFailureWithItsLastLines() throws IOException {
        RankFailure failure = failureOf("internal", PATIENT);

        assertThat(failure.kind()).isEqualTo(RankFailure.Kind.INTERNAL);
        assertThat(failure.sentence()).isEqualTo("rank 0 on host here failed at step 2: the disk is full");
        assertThat(failure.lastLines()).contains("the stack trace");
    }

    @Test
    void waitsBeforeItBlamesAPeer() throws IOException {
        long start = System.nanoTime();
        RankFailure failure = failureOf("peer", PATIENT);

        assertThat(failure.kind()).isEqualTo(RankFailure.Kind.PEER);
        assertThat(failure.sentence()).contains("rank 1 closed its socket");
        assertThat(System.nanoTime() - start).isGreaterThan(1_000_000_000L);
    }

    @Test
    void refusesASilentEnd() throws IOException {
        assertThat(failureOf("quit", PATIENT).sentence()).contains("ended without finishing its work");
    }

    @Test
    void refusesABadExitAfterTheLastStep() throws IOException {
        assertThat(failureOf("bad-exit", PATIENT).sentence())
                .contains("finished its steps but ended with exit status 7");
    }

    @Test
    void endsTheChildWhenTheTaskIsKilled() throws IOException {
        assertThatThrownBy(() -> supervisor("wait").run(port -> {
                    cancelled.set(true);
                    return new Rendezvous("here", port);
                }))
                .isInstanceOf(Supervisor.CancelledException.class);
        assertGone();
    }

    @Test
    void endsTheChildWhenTheThreadIsInterrupted() throws IOException {
        assertThatThrownBy(() -> supervisor("deaf").run(port -> {
                    Thread.currentThread().interrupt();
                    return new Rendezvous("here", port);
                }))
                .isInstanceOf(Supervisor.CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(childIsAlive()).isFalse();
    }

    @Test
    void failuresSurviveSparksDescription() {
        RankFailure failure = new RankFailure(RankFailure.Kind.LOST, "rank 1 is gone", List.of("a", "[USER] b"));
        String described =
                "Job aborted: stage failed.\n" + new RankFailedException(failure) + "\n\tat some.Class(X.java:1)";

        assertThat(RankFailure.find(described)).contains(failure);
        assertThat(RankFailure.find("Job aborted: something else")).isEmpty();
    }

    /** At step 2, where it begins to be silent, unless it was killed before it came so far. */
    private void assertKilledForSilence(String behaviour, int aliveSeconds) throws IOException {
        RankFailure failure = null;
        for (int seconds : SILENCE_SECONDS) {
            failure = failureOf(behaviour, new RankPlan.Deadlines(30, seconds, aliveSeconds, 1, 1));
            if (failure.sentence().contains("silent for %d s at step 2 and was killed".formatted(seconds))) {
                break;
            }
            assertThat(failure.sentence()).contains("was silent for %d s at step".formatted(seconds));
        }
        assertThat(failure.sentence()).contains("at step 2");
        assertThat(failure.kind()).isEqualTo(RankFailure.Kind.LOST);
    }

    private TrainerEvent.Finished run(String behaviour, RankPlan.Deadlines deadlines) throws IOException {
        return supervisor(behaviour, deadlines).run(port -> new Rendezvous("here", port));
    }

    private RankFailure failureOf(String behaviour, RankPlan.Deadlines deadlines) throws IOException {
        return failureOf(supervisor(behaviour, deadlines));
    }

    private static RankFailure failureOf(Supervisor supervisor) {
        return catchThrowableOfType(
                        RankFailedException.class, () -> supervisor.run(port -> new Rendezvous("here", port)))
                .failure();
    }

    private Supervisor supervisor(String behaviour) throws IOException {
        return supervisor(behaviour, PATIENT);
    }

    private Supervisor supervisor(String behaviour, RankPlan.Deadlines deadlines) throws IOException {
        return supervisor(behaviour, deadlines, new OomKills());
    }

    private Supervisor supervisor(String behaviour, RankPlan.Deadlines deadlines, OomKills kills) throws IOException {
        RankPlan.Child child = new RankPlan.Child(FakeTrainer.class.getName(), "64m", 1);
        TrainerProcess process = TrainerProcess.start(
                TrainerCommand.of(child, CpuShare.alone(1), dir), dir.resolve("rank.log"), deadlines.killSeconds());
        LaunchSpec spec = new LaunchSpec(
                0, 0, 0, 1, "here", "cpu", 1, 30, dir.toString(), 1, dir.toString(), null, behaviour + "@0");
        return new Supervisor(process, spec, deadlines, cancelled::get, events::add, kills);
    }

    private void assertGone() throws IOException {
        assertThat(childIsAlive()).isFalse();
    }

    private Path pidFile() {
        return dir.resolve("pid-0");
    }

    private boolean childIsAlive() throws IOException {
        long pid = Long.parseLong(Files.readString(pidFile()));
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
