package dev.packtrain.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.device.TorchRuntime;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A process of a {@link MeshLab}: reads cases from standard input, one a line, and runs its rank of each. In between go the
 * messages of {@link dev.packtrain.training.launch}; the last line of a case is its result or its failure. Ends with its
 * parent, as a training process does.
 */
public final class MeshLabRank {
    static final String RESULT = "result";
    static final String FAILURE = "failure";

    private static final Duration IDLE = Duration.ofDays(1);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private MeshLabRank() {}

    /**
     * One rank of a case.
     *
     * @param task name of the {@link RankTask}'s class
     * @param timeoutSeconds for whatever waits for other ranks
     */
    record Case(String task, int rank, int worldSize, int timeoutSeconds, JsonNode argument) {}

    /** Takes no arguments. */
    public static void main(String[] args) throws Exception {
        OutputStream lines = TrainerMain.takeStandardOutput();
        ParentLink parent = new ParentLink(System.in, lines);
        TorchRuntime.start(1);
        while (true) {
            String line = parent.nextLine("case", IDLE);
            if (!line.contains("\"task\"")) {
                continue; // a rendezvous that the case before failed too early to read
            }
            byte[] answer = (MAPPER.writeValueAsString(run(MAPPER.readValue(line, Case.class), parent)) + "\n")
                    .getBytes(StandardCharsets.UTF_8);
            synchronized (parent) { // events of threads that a failed case left behind may still be sent
                write(lines, answer);
            }
        }
    }

    private static void write(OutputStream lines, byte[] answer) throws IOException {
        lines.write(answer);
        lines.flush();
    }

    private static Map<String, Object> run(Case one, ParentLink parent) {
        Map<String, Object> answer = new HashMap<>();
        try (RankSite site =
                new RankSite(parent, one.rank(), one.worldSize(), Duration.ofSeconds(one.timeoutSeconds()))) {
            RankTask task = Class.forName(one.task())
                    .asSubclass(RankTask.class)
                    .getDeclaredConstructor()
                    .newInstance();
            answer.put(RESULT, task.run(site, one.argument()));
        } catch (Throwable failure) { // whatever it is, the test is to hear of it
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            answer.clear();
            answer.put(FAILURE, trace.toString());
        }
        return answer;
    }
}
