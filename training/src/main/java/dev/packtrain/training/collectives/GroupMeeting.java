package dev.packtrain.training.collectives;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Where the ranks of a group talk before they are connected: short texts in the store, each waited for with a deadline. */
final class GroupMeeting implements AutoCloseable {
    private static final long LOOK_MILLIS = 10;

    private final String group;
    private final RankStore store;
    private final List<Integer> ranks;
    private final int rank;
    private final Duration timeout;

    /**
     * For one rank.
     *
     * @param group its name
     * @param store a place of the group's own; closed together with the meeting
     * @param ranks of the world
     * @param rank this process's place in {@code ranks}
     * @param timeout of every wait
     */
    GroupMeeting(String group, RankStore store, List<Integer> ranks, int rank, Duration timeout) {
        this.group = group;
        this.store = store;
        this.ranks = ranks;
        this.rank = rank;
        this.timeout = timeout;
    }

    int rank() {
        return rank;
    }

    int size() {
        return ranks.size();
    }

    int worldRank(int of) {
        return ranks.get(of);
    }

    Duration timeout() {
        return timeout;
    }

    RankStore store() {
        return store;
    }

    /** Says something, and hears what everybody says to it: one text a rank. */
    List<String> say(String topic, String text) {
        tell(topic, text);
        long deadline = System.nanoTime() + timeout.toNanos();
        List<String> texts = new ArrayList<>();
        List<Integer> missing = new ArrayList<>();
        for (int r = 0; r < size(); r++) {
            Optional<String> heard = await(topic, r, deadline);
            heard.ifPresent(texts::add);
            if (heard.isEmpty()) {
                missing.add(worldRank(r));
            }
        }
        if (!missing.isEmpty()) {
            throw notMet(missing);
        }
        return texts;
    }

    /** Says something and goes on. */
    void tell(String topic, String text) {
        store.put(topic + "/" + rank, text);
    }

    /** What one rank says. */
    String hear(String topic, int from) {
        return await(topic, from, System.nanoTime() + timeout.toNanos())
                .orElseThrow(() -> notMet(List.of(worldRank(from))));
    }

    private PeerLostException notMet(List<Integer> missing) {
        return new PeerLostException(
                "the %d ranks of group %s did not all meet within %d s: no word from %s %s."
                        .formatted(
                                size(),
                                group,
                                timeout.toSeconds(),
                                missing.size() == 1 ? "rank" : "ranks",
                                String.join(
                                        ", ",
                                        missing.stream().map(String::valueOf).toList())),
                null);
    }

    private Optional<String> await(String topic, int from, long deadline) {
        try {
            while (true) {
                Optional<String> text = store.find(topic + "/" + from);
                if (text.isPresent() || System.nanoTime() > deadline) {
                    return text;
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while ranks meet", e);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
