package dev.packtrain.jobs.launch;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Speaks the trainer's protocol without training. The spec's recipe is its script: {@code behaviour@rank}, or several
 * of them with commas between; the other ranks behave well. Its process id goes to {@code outputDir/pid-<rank>}.
 */
public final class FakeTrainer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int STEPS = 5;

    private FakeTrainer() {}

    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        LaunchSpec spec = JSON.readValue(in.readLine(), LaunchSpec.class);
        Files.writeString(
                Path.of(spec.outputDir(), "pid-" + spec.rank()),
                Long.toString(ProcessHandle.current().pid()));
        String behaviour = Arrays.stream(spec.recipeJson().split(","))
                .filter(each -> each.endsWith("@" + spec.rank()))
                .map(each -> each.substring(0, each.indexOf('@')))
                .findFirst()
                .orElse("well");
        System.err.println("behaving " + behaviour);
        if (behaviour.equals("silent-start")) {
            awaitEndOf(in);
        }
        send(new TrainerEvent.Ready(spec.rank() == 0 ? 4242 : 0));
        Rendezvous rendezvous = JSON.readValue(in.readLine(), Rendezvous.class);
        System.err.println("store at " + rendezvous.port());
        send(new TrainerEvent.Started(10, 0, STEPS, "fake"));
        for (int step = 1; step <= STEPS; step++) {
            send(new TrainerEvent.Step(step, spec.rank() == 0 ? Map.of("loss", 1.0 / step) : Map.of()));
            if (step == 2) {
                misbehave(behaviour, in, Path.of(spec.outputDir(), "killed"));
            }
        }
        send(new TrainerEvent.Finished(STEPS, Map.of("train_loss", 0.25)));
        if (behaviour.equals("bad-exit")) {
            System.exit(7);
        }
    }

    private static void misbehave(String behaviour, BufferedReader in, Path killed) throws Exception {
        switch (behaviour) {
            case "kill" -> kill(in);
            case "kill-once" -> {
                if (Files.notExists(killed)) {
                    Files.createFile(killed);
                    kill(in);
                }
            }
            case "silent", "wait" -> awaitEndOf(in);
            case "freeze-host" -> {
                ProcessHandle executor = ProcessHandle.current().parent().orElseThrow();
                ProcessHandle worker = executor.parent().orElseThrow();
                new ProcessBuilder("kill", "-STOP", "" + worker.pid(), "" + executor.pid()).start();
                awaitEndOf(in);
            }
            case "deaf" -> {
                while (true) {
                    Thread.sleep(10_000);
                }
            }
            case "busy" -> beat(20);
            case "stuck" -> beat(Integer.MAX_VALUE);
            case "garbage" -> System.out.println("{\"not\": an event} \u0000 libtorch says hello");
            case "user" -> {
                send(new TrainerEvent.Failed(TrainerEvent.Failed.Kind.USER, "the vocabulary is 7, wanted 8"));
                System.exit(2);
            }
            case "peer" -> {
                send(new TrainerEvent.Failed(
                        TrainerEvent.Failed.Kind.PEER, "[rank 0 step=2] rank 1 closed its socket"));
                System.exit(3);
            }
            case "internal" -> {
                System.err.println("the stack trace");
                send(new TrainerEvent.Failed(TrainerEvent.Failed.Kind.INTERNAL, "the disk is full"));
                System.exit(1);
            }
            case "quit" -> System.exit(0);
            default -> {}
        }
    }

    private static void beat(int times) throws Exception {
        for (int each = 0; each < times; each++) {
            send(new TrainerEvent.Alive());
            Thread.sleep(200);
        }
    }

    private static void kill(BufferedReader in) throws IOException {
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start();
        awaitEndOf(in);
    }

    private static void awaitEndOf(BufferedReader in) throws IOException {
        while (in.readLine() != null) {}
        System.exit(130);
    }

    private static void send(TrainerEvent event) throws IOException {
        System.out.println(JSON.writerFor(TrainerEvent.class).writeValueAsString(event));
        System.out.flush();
    }
}
