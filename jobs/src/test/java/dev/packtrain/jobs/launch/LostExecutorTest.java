package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LostExecutorTest {
    @Test
    void takesRankAndReasonFromSparksDescription() {
        String text =
                "SparkException: Job aborted due to stage failure: Could not recover from a failed barrier ResultStage."
                        + " Most recent failure reason: Stage failed because barrier task ResultTask(3, 1) finished unsuccessfully.\n"
                        + "ExecutorLostFailure (executor 7 exited caused by one of the running tasks) Reason: Command exited with"
                        + " code 137\n\tat somewhere";

        assertThat(LostExecutor.find(text))
                .contains(new LostExecutor(
                        1, "executor 7 exited caused by one of the running tasks: Command exited with code 137"));
    }

    /** Kubernetes tells over several lines, of which Spark's reason is one. */
    @Test
    void saysWhatToDoWhereMemoryRanOut() {
        String text =
                "ExecutorLostFailure (executor 3 exited caused by one of the running tasks) Reason: \nThe executor with"
                        + " id 3 exited with exit code 137(SIGKILL, possible container OOM).\n\nThe API gave the following";

        LostExecutor lost = LostExecutor.find(text).orElseThrow();
        assertThat(lost.reason())
                .isEqualTo(
                        "executor 3 exited caused by one of the running tasks: The executor with id 3 exited with exit code"
                                + " 137(SIGKILL, possible container OOM)");
        assertThat(lost.remedy()).startsWith("; if memory ran out, give it more (on YARN and Kubernetes");
        assertThat(new LostExecutor(0, "executor 1 exited: Command exited with code 52").remedy())
                .isEqualTo("; its Java heap ran out: raise spark.executor.memory");
        assertThat(new LostExecutor(0, "executor 1 exited: worker lost").remedy())
                .isEmpty();
    }

    @Test
    void doesWithoutRankAndReason() {
        assertThat(LostExecutor.find("x ExecutorLostFailure (executor 2 exited unrelated to the running tasks)"))
                .contains(new LostExecutor(-1, "executor 2 exited unrelated to the running tasks"));
    }

    @Test
    void findsNoneInAnotherFailure() {
        assertThat(LostExecutor.find("SparkException: Job 5 cancelled")).isEmpty();
    }
}
