package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** What ways to connect ranks that know of calls must also say when not all make the same ones. */
abstract class GroupFailureContract extends ProcessGroupContract {
    /** Of the case that waits for it. */
    private static final Duration DEADLINE = Duration.ofSeconds(5);

    @Test
    void ranksThatDisagreeAreToldWhoCalledWhat() {
        List<String> sentences = onRanks(3, (group, factory) -> {
            Tensor values = torch.ones(8);
            group.allReduceSum(values, "gradients");
            return failure(() -> {
                if (group.rank() == 1) {
                    group.allReduceSum(values, "loss");
                } else {
                    group.startAllGather(values, torch.zeros(24), "weights of layer 3")
                            .await();
                }
            });
        });
        assertThat(sentences.get(0))
                .isEqualTo(
                        "group world does not agree: this rank called all-gather 2 (weights of layer 3, 8 float), and"
                                + " rank 1 called all-reduce 2 (loss, 8 float); every rank must make the same calls in the same order.");
        assertThat(sentences.get(1)).contains("this rank called all-reduce 2 (loss", "weights of layer 3");
        assertThat(sentences.get(2)).contains("rank 1 called all-reduce 2 (loss");
    }

    @Test
    void aRankThatDoesNotComeIsNamedAtTheDeadline() {
        CountDownLatch waiting = new CountDownLatch(2);
        List<String> sentences = onRanks(3, DEADLINE, (group, factory) -> {
            Tensor values = torch.ones(1);
            group.allReduceSum(values, "loss");
            if (group.rank() == 1) {
                // Computes, as it were: it is alive, but does not come.
                assertThat(waiting.await(TIMEOUT.toSeconds(), TimeUnit.SECONDS)).isTrue();
                return "";
            }
            long start = System.nanoTime();
            String sentence = failure(() -> group.allReduceSum(values, "gradients"));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(DEADLINE.plusSeconds(30));
            assertThat(failure(() -> group.barrier("next"))).isEqualTo(sentence);
            waiting.countDown();
            return sentence;
        });
        assertThat(sentences.get(0))
                .isEqualTo(
                        "all-reduce 2 (gradients, 1 float) of group world did not end within 5 s (ddp_timeout): rank 1 has"
                                + " not called it (its last was all-reduce 1 (loss, 1 float)).");
        assertThat(sentences.get(2)).isEqualTo(sentences.get(0));
    }

    @Test
    void aRankThatLeavesIsNoticedSoon() {
        try (RankThreads ranks = new RankThreads(2, TIMEOUT, this::link)) {
            List<String> sentences = ranks.onEach(group -> {
                group.barrier("start");
                if (group.rank() == 1) {
                    ranks.leave(1);
                    return "";
                }
                long start = System.nanoTime();
                String sentence = failure(() -> group.startAllReduceSum(torch.ones(1 << 20), "gradients")
                        .await());
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
                return sentence;
            });
            assertThat(sentences.get(0))
                    .isEqualTo(
                            "all-reduce 2 (gradients, 1048576 float) of group world cannot end: rank 1 has left the run.");
        }
    }

    static String failure(Runnable collective) {
        try {
            collective.run();
            return "nothing failed";
        } catch (PeerLostException e) {
            return e.getMessage();
        }
    }
}
